func scalarByteRowKernels() -> ByteRowKernels {
    ByteRowKernels(
        packQuery: { query, width, packed in for i in 0..<width { packed[i] = query[i] } },
        dot: { rows, width, count, query, sums in
            for row in 0..<count {
                sums[row] = (0..<width).reduce(0) { $0 + Float(rows[row * width + $1]) * query[$1] }
            }
        })
}
