import CBLAS
import KernelTypes

/// C = alpha · A · B + beta · C of dense row-major matrices, by OpenBLAS.
struct Multiplication {
    var rows: Int
    var columns: Int
    var depth: Int
    var transposesLeft = false
    var transposesRight = false
    var alpha: Float = 1
    /// What the result held before is added.
    var accumulates = false

    /// OpenBLAS counts in 32 bits.
    func checked(_ call: Call) throws(InferError) -> Multiplication {
        guard [rows, columns, depth].allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
            throw call.unsupported("a matrix of \(rows) x \(depth) x \(columns)")
        }
        return self
    }
}

extension Multiplication {
    /// OpenBLAS must not start threads of its own beside the engine's: to be asked for before `multiply`.
    static let oneThread: Void = openblas_set_num_threads(1)

    /// Fewer are multiplied one by one: the product of matrices would first copy the right one, which takes longer.
    static let fewRows = 4

    func multiply(_ left: MutablePlane, _ right: MutablePlane, _ result: MutablePlane) {
        guard rows > 0, columns > 0 else { return }
        if depth > 0, columns > 1, rows == 1 || rows < Self.fewRows && !transposesLeft {
            return unsafe multiplyRows(left, right, result)
        }
        let (m, n, k) = (Int32(rows), Int32(columns), Int32(depth))
        unsafe cblas_sgemm(
            CblasRowMajor, transposesLeft ? CblasTrans : CblasNoTrans, transposesRight ? CblasTrans : CblasNoTrans, m,
            n,
            k, alpha, left, max(1, transposesLeft ? m : k), right, max(1, transposesRight ? k : n),
            accumulates ? 1 : 0, result, n)
    }

    private func multiplyRows(_ left: MutablePlane, _ right: MutablePlane, _ result: MutablePlane) {
        let (height, width) = transposesRight ? (columns, depth) : (depth, columns)
        for row in 0..<rows {
            unsafe cblas_sgemv(
                CblasRowMajor, transposesRight ? CblasNoTrans : CblasTrans, Int32(height), Int32(width), alpha, right,
                Int32(width), left + row * depth, 1, accumulates ? 1 : 0, result + row * columns, 1)
        }
    }
}
