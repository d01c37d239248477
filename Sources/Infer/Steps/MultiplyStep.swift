import KernelTypes

/// One or several matrix products.
@safe final class MultiplyStep: Step {
    private let product: Multiplication
    /// Offsets of each product's matrices.
    private let starts: [(left: Int, right: Int)]
    private let left: MutablePlane
    private let right: MutablePlane
    private let result: MutablePlane

    init(
        _ product: Multiplication, starts: [(left: Int, right: Int)], left: MutablePlane, right: MutablePlane,
        result: MutablePlane
    ) {
        Multiplication.oneThread
        self.product = product
        self.starts = starts
        unsafe self.left = unsafe left
        unsafe self.right = unsafe right
        unsafe self.result = unsafe result
    }

    func run(_ part: Part) {
        part.split(starts.count) { _, mine in
            for index in mine {
                unsafe product.multiply(
                    left + starts[index].left, right + starts[index].right,
                    result + index * product.rows * product.columns)
            }
        }
    }
}
