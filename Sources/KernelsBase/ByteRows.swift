import CKernels
import KernelTypes

/// One byte of each word as a number -128...127.
@inline(always) private func signedByte(_ words: IntVector, _ index: Int32) -> Vector {
    toFloat((words &<< splatWord(24 - 8 * index)) &>> splatWord(24))
}

/// A vector of words has four bytes in each lane: the query's numbers for the first bytes come first, then those for the second.
@inline(never) func packByteQuery(_ query: Plane, _ width: Int, _ packed: MutablePlane) {
    var begin = 0
    while begin < width {
        for byte in 0..<4 {
            for lane in 0..<lanes { packed[begin + byte * lanes + lane] = query[begin + 4 * lane + byte] }
        }
        begin += 4 * lanes
    }
}

@inline(never) func dotByteRows(
    _ rows: UnsafePointer<Int8>, _ width: Int, _ count: Int, _ query: Plane, _ sums: MutablePlane
) {
    for row in 0..<count {
        let bytes = UnsafeRawPointer(rows + row * width)
        var a = splat(0), b = splat(0), c = splat(0), d = splat(0)
        var i = 0
        while i < width {
            let words = (bytes + i).loadUnaligned(as: IntVector.self)
            a = multiplyAdd(signedByte(words, 0), load(query + i), a)
            b = multiplyAdd(signedByte(words, 1), load(query + i + lanes), b)
            c = multiplyAdd(signedByte(words, 2), load(query + i + 2 * lanes), c)
            d = multiplyAdd(signedByte(words, 3), load(query + i + 3 * lanes), d)
            i += 4 * lanes
        }
        sums[row] = addLanes((a + b) + (c + d))
    }
}

func byteRowKernels() -> ByteRowKernels { ByteRowKernels(packQuery: packByteQuery, dot: dotByteRows) }
