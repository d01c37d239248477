/// The two inner loops of a resize. Written so that the compiler turns them into vector code on every target.
enum RowKernels {
    /// sum += row · weight, or sum = row · weight for the first row.
    @inline(never)
    static func add(
        _ row: UnsafePointer<UInt8>, weight: Float, to sum: UnsafeMutablePointer<Float>, count: Int, isFirst: Bool
    ) {
        if isFirst {
            for i in 0..<count { unsafe sum[i] = weight * Float(row[i]) }
        } else {
            for i in 0..<count { unsafe sum[i] += weight * Float(row[i]) }
        }
    }

    /// For every output the weighed sum of `taps` inputs that lie `step` apart.
    @inline(never)
    static func resample(
        _ row: UnsafePointer<Float>, step: Int, starts: UnsafePointer<Int32>, weights: UnsafePointer<Float>, taps: Int,
        to output: UnsafeMutablePointer<Float>, count: Int
    ) {
        var weight = unsafe weights
        for i in 0..<count {
            var source = unsafe row + Int(starts[i]) * step
            var sum: Float = 0
            for _ in 0..<taps {
                unsafe sum += weight.pointee * source.pointee
                unsafe weight += 1
                unsafe source += step
            }
            unsafe output[i] = sum
        }
    }
}
