/// The inner loops of a resize. Four output rows travel together as the lanes of one vector, so that the gathering
/// step across a row costs one vector load for four rows. Written so that the compiler makes vector code of the rest.
enum RowKernels {
    /// Output rows that are made at a time.
    static let lanes = 4

    /// Four rows, `count` apart from each other, become the lanes of one.
    @inline(never)
    static func interleave(
        _ rows: UnsafePointer<Float>, to lanes: UnsafeMutablePointer<SIMD4<Float>>, count: Int
    ) {
        let (a, b, c, d) = unsafe (rows, rows + count, rows + 2 * count, rows + 3 * count)
        for i in 0..<count { unsafe lanes[i] = SIMD4(a[i], b[i], c[i], d[i]) }
    }

    /// For every output the weighed sum of `taps` inputs that lie `step` apart.
    @inline(never)
    static func resample(
        _ row: UnsafePointer<SIMD4<Float>>, step: Int, starts: UnsafePointer<Int32>, weights: UnsafePointer<Float>,
        taps: Int, to output: UnsafeMutablePointer<SIMD4<Float>>, count: Int
    ) {
        var weight = unsafe weights
        for i in 0..<count {
            var source = unsafe row + Int(starts[i]) * step
            var sum = SIMD4<Float>(repeating: 0)
            for _ in 0..<taps {
                unsafe sum += weight.pointee * source.pointee
                unsafe weight += 1
                unsafe source += step
            }
            unsafe output[i] = sum
        }
    }

    /// Lane `lane` of every vector, one after the other.
    @inline(never)
    static func extract(
        _ lane: Int, of lanes: UnsafePointer<Float>, to row: UnsafeMutablePointer<Float>, count: Int
    ) {
        let source = unsafe lanes + lane
        for i in 0..<count { unsafe row[i] = source[i * RowKernels.lanes] }
    }
}
