/// A dense convolution whose output is made by rows, which threads share: prepared once, then `run` by any number of threads at once,
/// each with its own scratch.
package protocol RowConvolution {
    /// What `run` is split by: rows of the output, or rows of tiles.
    var rowCount: Int { get }

    /// Rows `[rowBegin, rowEnd)`.
    /// - Parameters:
    ///   - inputs: one plane per input channel.
    ///   - outputs: channels, packed weights, bias, activation and the rest; its inputs, depth and steps are replaced.
    ///   - scratch: private to the thread, 64-byte aligned.
    func run(
        _ table: KernelTable, inputs: UnsafePointer<Plane>, outputs: PointwiseConvolution, rowBegin: Int, rowEnd: Int,
        scratch: UnsafeMutablePointer<Float>)
}
