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
