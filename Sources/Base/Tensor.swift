/// A dense row-major array of numbers of a given shape, for example `[1, 3, 416, 416]`. No arithmetic.
package struct Tensor: Sendable, Equatable {
    package var shape: [Int]
    package var values: [Float]

    /// Nil when the shape has a negative side, overflows or does not fit the number of values.
    package init?(shape: [Int], values: [Float]) {
        var count = 1
        for side in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard side >= 0, !overflow else { return nil }
            count = product
        }
        guard count == values.count else { return nil }
        self.shape = shape
        self.values = values
    }
}

/// One tensor in memory that the engine owns; valid until the engine runs again.
@safe package struct TensorView {
    package let name: String
    package let shape: [Int]
    /// Row-major, as many as the sides of `shape` multiply to.
    package let values: UnsafeBufferPointer<Float>

    package init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
        self.name = name
        self.shape = shape
        unsafe self.values = values
    }
}
