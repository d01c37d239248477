import KernelTypes

/// Row by row.
@safe final class SoftmaxStep: Step {
    private let kernels: KernelTable
    private let from: MutablePlane
    private let to: MutablePlane
    private let rows: Int
    private let columns: Int

    init(_ kernels: KernelTable, from: MutablePlane, to: MutablePlane, rows: Int, columns: Int) {
        self.kernels = kernels
        unsafe self.from = unsafe from
        unsafe self.to = unsafe to
        self.rows = rows
        self.columns = columns
    }

    func run(_ part: Part) {
        part.split(rows) { _, range in
            let start = range.lowerBound * columns
            unsafe kernels.softmax(from + start, to + start, range.count, columns)
        }
    }
}
