/// A dense (group 1) convolution of any size, stride, dilation and padding by the pointwise kernel: strips of output
/// rows, each spread into a scratch that fits the second-level cache, with one input pointer per tap.
///
/// Prepared once, then `run` by any number of threads at once, each with its own scratch.
package struct DenseConvolution {
    package let window: Window
    package let inputChannels: Int
    /// Output rows per strip.
    package let stripRows: Int
    private let layout: TapLayout

    package init(window: Window, inputChannels: Int) {
        self.window = window
        self.inputChannels = inputChannels
        stripRows = Self.stripRows(window, inputChannels)
        layout = TapLayout(Self.strip(of: window, from: 0, rows: stripRows))
    }

    /// Inputs times taps: the depth for `KernelTable.packPointwise`, whose weights are the model's `[m][c][ky][kx]`.
    package var depth: Int { inputChannels * window.kernelHeight * window.kernelWidth }

    /// Floats that each thread must bring, 64-byte aligned; guards included: the spread strip, then the list of taps.
    package var scratchFloats: Int {
        tapsOffset + depth * MemoryLayout<Plane>.stride / MemoryLayout<Float>.stride
    }

    /// A multiple of 16 floats, so that pointers behind it are aligned.
    private var tapsOffset: Int {
        (inputChannels * layout.channelFloats + 2 * PlaneGuard.floats + 15) / 16 * 16
    }

    /// As many rows as keep the scratch within 256 KiB, at least one.
    private static func stripRows(_ window: Window, _ inputChannels: Int) -> Int {
        let budget = 1 << 16
        var rows = max(1, min(window.outputHeight, 64))
        while rows > 1 && inputChannels * TapLayout(strip(of: window, from: 0, rows: rows)).channelFloats > budget {
            rows = (rows + 1) / 2
        }
        return rows
    }

    /// The same window, seen by output rows `[from, from + rows)` only.
    private static func strip(of window: Window, from: Int, rows: Int) -> Window {
        var strip = window
        strip.padTop = window.padTop - from * window.strideY
        strip.outputHeight = rows
        return strip
    }

    /// Output rows `[rowBegin, rowEnd)`.
    /// - Parameters:
    ///   - inputs: one plane per input channel.
    ///   - outputs: channels, packed weights, bias, activation and the rest; its inputs, depth and steps are replaced.
    package func run(
        _ table: KernelTable, inputs: UnsafePointer<Plane>, outputs: PointwiseConvolution, rowBegin: Int, rowEnd: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let spread = scratch + PlaneGuard.floats
        let taps = UnsafeMutableRawPointer(scratch + tapsOffset).assumingMemoryBound(to: Plane.self)
        var row = rowBegin
        while row < rowEnd {
            let rows = min(stripRows, rowEnd - row)
            let strip = TapLayout(Self.strip(of: window, from: row, rows: rows))
            for channel in 0..<inputChannels {
                table.spread(inputs[channel], spread + channel * strip.channelFloats, strip)
            }
            listTaps(strip, spread, taps, row)
            var convolution = outputs
            convolution.inputs = UnsafePointer(taps)
            convolution.depth = depth
            convolution.width = window.outputWidth
            convolution.inputRowStep = strip.rowStep
            convolution.outputRowStep = window.outputWidth
            table.convolveRows(convolution, row, row + rows)
            row += rows
        }
    }

    /// Shifted back by `row` rows, because `convolveRows` counts rows from the top of the output.
    private func listTaps(
        _ strip: TapLayout, _ spread: UnsafeMutablePointer<Float>, _ taps: UnsafeMutablePointer<Plane>, _ row: Int
    ) {
        var tap = 0
        for channel in 0..<inputChannels {
            let base = UnsafePointer(spread) + channel * strip.channelFloats - row * strip.rowStep
            for ky in 0..<window.kernelHeight {
                for kx in 0..<window.kernelWidth {
                    taps[tap] = base + strip.offset(ky, kx)
                    tap += 1
                }
            }
        }
    }
}
