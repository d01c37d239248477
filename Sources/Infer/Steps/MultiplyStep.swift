import CBLAS
import KernelTypes

/// One or several matrix products.
@safe final class MultiplyStep: Step {
    /// OpenBLAS must not start threads of its own beside the engine's.
    private static let oneThread: Void = openblas_set_num_threads(1)

    static func useOneThread() { oneThread }

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
        Self.useOneThread()
        self.product = product
        self.starts = starts
        unsafe self.left = unsafe left
        unsafe self.right = unsafe right
        unsafe self.result = unsafe result
    }

    func run(_ part: Part) {
        let (m, n, k) = (Int32(product.rows), Int32(product.columns), Int32(product.depth))
        guard m > 0, n > 0 else { return }
        part.split(starts.count) { _, mine in
            for index in mine {
                let start = starts[index]
                if n > 1 && (m == 1 || m < 4 && !product.transposesLeft) {
                    unsafe multiplyRows(index)
                    continue
                }
                unsafe cblas_sgemm(
                    CblasRowMajor, product.transposesLeft ? CblasTrans : CblasNoTrans,
                    product.transposesRight ? CblasTrans : CblasNoTrans, m, n, k, product.alpha, left + start.left,
                    max(1, product.transposesLeft ? m : k), right + start.right,
                    max(1, product.transposesRight ? k : n), product.accumulates ? 1 : 0,
                    result + index * product.rows * product.columns, max(1, n))
            }
        }
    }

    /// Row by row: the product of matrices would first copy the right one, which takes longer than to multiply a few rows by it.
    private func multiplyRows(_ index: Int) {
        let (n, k) = (product.columns, product.depth)
        let matrix = unsafe right + starts[index].right
        let (height, width) = product.transposesRight ? (n, k) : (k, n)
        for row in 0..<product.rows {
            unsafe cblas_sgemv(
                CblasRowMajor, product.transposesRight ? CblasNoTrans : CblasTrans, Int32(height), Int32(width),
                product.alpha, matrix, Int32(max(1, width)), left + starts[index].left + row * k, 1,
                product.accumulates ? 1 : 0, result + (index * product.rows + row) * n, 1)
        }
    }
}
