/// A dense convolution whose result nobody but a max pool reads: a few rows at a time, pooled while they are in the
/// second-level cache. The whole result of a detector's first layer is the largest tensor of the network and would not fit.
///
/// Prepared once, then `run` by any number of threads at once, each with its own scratch.
package struct PooledConvolution {
    package let dense: DenseConvolution
    package let pool: Window
    package let channels: Int
    /// Rows of the pool's result at a time.
    private let stripRows: Int
    /// Rows of the convolution's result that those see.
    private let bandRows: Int

    /// - Parameter pool: over the convolution's result, with dilation 1.
    package init(dense: DenseConvolution, pool: Window, channels: Int) {
        self.dense = dense
        self.pool = pool
        self.channels = channels
        let budget = 1 << 16
        let fitting = budget / max(1, channels * pool.inputWidth)
        stripRows = max(1, min(pool.outputHeight, (fitting - pool.kernelHeight) / pool.strideY + 1))
        bandRows = min(pool.inputHeight, (stripRows - 1) * pool.strideY + pool.kernelHeight)
    }

    private var planeFloats: Int { (bandRows * pool.inputWidth + 15) / 16 * 16 }
    private var bandFloats: Int { (channels * planeFloats + 2 * PlaneGuard.floats + 15) / 16 * 16 }
    private var lineFloats: Int { (KernelTable.maxPoolScratchFloats(pool) + 15) / 16 * 16 }
    private var denseFloats: Int { (dense.scratchFloats + 15) / 16 * 16 }

    /// Floats that each thread must bring, 64-byte aligned: rows of the convolution, the pool's lines, the spread strip, and
    /// the list of planes.
    package var scratchFloats: Int {
        bandFloats + lineFloats + denseFloats
            + channels * MemoryLayout<MutablePlane>.stride / MemoryLayout<Float>.stride
    }

    /// Rows `[rowBegin, rowEnd)` of the pool.
    /// - Parameters:
    ///   - inputs: of the convolution, one plane per channel.
    ///   - outputs: the pool's planes in place of the convolution's; its inputs, depth and steps are replaced.
    package func run(
        _ table: KernelTable, inputs: UnsafePointer<Plane>, outputs: PointwiseConvolution, rowBegin: Int, rowEnd: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let band = scratch + PlaneGuard.floats, line = scratch + bandFloats, spread = line + lineFloats
        let planes = UnsafeMutableRawPointer(spread + denseFloats).assumingMemoryBound(to: MutablePlane.self)
        var convolution = outputs
        convolution.outputs = UnsafePointer(planes)
        var row = rowBegin
        // The convolution's rows that lie in the band.
        var held = 0..<0
        while row < rowEnd {
            let end = min(row + stripRows, rowEnd)
            let seen = rows(of: row..<end)
            let kept = max(seen.lowerBound, held.lowerBound)..<max(seen.lowerBound, held.upperBound)
            move(kept, from: held.lowerBound, to: seen.lowerBound, band)
            // Shifted, because the kernels count rows from the top of the whole plane.
            for channel in 0..<channels {
                planes[channel] = band + channel * planeFloats - seen.lowerBound * pool.inputWidth
            }
            let first = kept.isEmpty ? seen.lowerBound : kept.upperBound
            dense.run(
                table, inputs: inputs, outputs: convolution, rowBegin: first, rowEnd: seen.upperBound, scratch: spread)
            for channel in 0..<channels {
                table.maxPool(UnsafePointer(planes[channel]), outputs.outputs[channel], pool, row, end, line)
            }
            held = seen
            row = end
        }
    }

    /// The rows of the convolution that rows of the pool see.
    private func rows(of range: Range<Int>) -> Range<Int> {
        let first = max(0, range.lowerBound * pool.strideY - pool.padTop)
        let last = min(
            pool.inputHeight, (range.upperBound - 1) * pool.strideY - pool.padTop + pool.kernelHeight)
        return first..<max(first, last)
    }

    /// Rows that the strip before has seen as well move to the top of the band.
    private func move(_ rows: Range<Int>, from old: Int, to new: Int, _ band: MutablePlane) {
        guard !rows.isEmpty, old != new else { return }
        let width = pool.inputWidth
        for channel in 0..<channels {
            let plane = band + channel * planeFloats
            (plane + (rows.lowerBound - new) * width).update(
                from: plane + (rows.lowerBound - old) * width, count: rows.count * width)
        }
    }
}
