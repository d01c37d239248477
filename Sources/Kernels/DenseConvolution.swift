/// A dense (group 1) convolution of any size, stride, dilation and padding by the pointwise kernel: strips of output
/// rows, each spread into a scratch that fits the second-level cache, with one input pointer per tap. Where rows end in the
/// middle of a vector they are joined (`TapLayout`), as far as that costs less than it saves.
///
/// Prepared once, then `run` by any number of threads at once, each with its own scratch.
package struct DenseConvolution: RowConvolution {
    package let window: Window
    package let inputChannels: Int
    /// Output rows per strip.
    package let stripRows: Int
    private let layout: TapLayout

    /// - Parameters:
    ///   - joinsRows: as `joinsRows(window, outputs:, lanes:)` advises.
    ///   - outputs: channels; a strip has more rows where their weights are heavy, since they are read for each strip.
    package init(window: Window, inputChannels: Int, joinsRows: Bool = false, outputs: Int = 0) {
        self.window = window
        self.inputChannels = inputChannels
        let weights = outputs * inputChannels * window.kernelHeight * window.kernelWidth
        stripRows = Self.stripRows(window, inputChannels, joinsRows, floats: weights > 1 << 17 ? 1 << 18 : 1 << 17)
        layout = TapLayout(Self.strip(of: window, from: 0, rows: stripRows), joinsRows: joinsRows)
    }

    /// Whether the vectors that joined rows save are more than their copies cost, for one row of one input channel: a
    /// multiply-add for each weight and vector there, about three instructions for each vector and twelve for each row here.
    package static func joinsRows(_ window: Window, outputs: Int, lanes: Int) -> Bool {
        guard outputs > 0, window.outputHeight > 1, window.strideY <= 4 else { return false }
        let width = window.outputWidth, vectors = (width + lanes - 1) / lanes
        let saved = (vectors * lanes - width) * outputs * window.kernelHeight * window.kernelWidth / lanes
        return saved > (window.kernelWidth - 1) * (3 * vectors + 12) * window.strideY
    }

    package var rowCount: Int { window.outputHeight }

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

    /// As many rows as keep the scratch within so many floats, at least one; and at least as many as the window reaches beyond
    /// each, so that hardly any row is copied more than twice, as far as that is within 16 MiB.
    private static func stripRows(
        _ window: Window, _ inputChannels: Int, _ joinsRows: Bool, floats budget: Int
    ) -> Int {
        let reach = (window.kernelHeight - 1) * window.dilationY / window.strideY
        var rows = max(1, min(window.outputHeight, 64))
        func floats() -> Int {
            inputChannels * TapLayout(strip(of: window, from: 0, rows: rows), joinsRows: joinsRows).channelFloats
        }
        while rows > 1 && floats() > (rows <= reach ? 1 << 22 : budget) { rows = (rows + 1) / 2 }
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
        forEachStrip(table, inputs, padding: 0, rowBegin, rowEnd, scratch) { taps, rowStep, row, rows in
            var convolution = outputs
            convolution.inputs = taps
            convolution.depth = depth
            convolution.width = window.outputWidth
            convolution.inputRowStep = rowStep
            convolution.outputRowStep = window.outputWidth
            if layout.joinsRows {
                table.convolvePixels(convolution, row * window.outputWidth, (row + rows) * window.outputWidth)
            } else {
                table.convolveRows(convolution, row, row + rows)
            }
        }
    }

    /// The same for 8-bit numbers: `inputs` are int8x4 blocks, `padding` is four of the bytes that stand for 0.
    package func run(
        _ table: KernelTable, inputs: UnsafePointer<Int8x4Plane>, padding: UInt32, outputs: QuantizedConvolution,
        rowBegin: Int, rowEnd: Int, scratch: UnsafeMutablePointer<Float>
    ) {
        // Spreading only moves bits, and a word has the size of a float.
        let planes = UnsafeRawPointer(inputs).assumingMemoryBound(to: Plane.self)
        let word = Float(bitPattern: padding)
        forEachStrip(table, planes, padding: word, rowBegin, rowEnd, scratch) { taps, rowStep, row, rows in
            var convolution = outputs
            convolution.inputs = UnsafeRawPointer(taps).assumingMemoryBound(to: Int8x4Plane.self)
            convolution.depth = depth
            convolution.width = window.outputWidth
            convolution.inputRowStep = rowStep
            convolution.outputRowStep = window.outputWidth
            if layout.joinsRows {
                table.quantized.convolvePixels(convolution, row * window.outputWidth, (row + rows) * window.outputWidth)
            } else {
                table.quantized.convolveRows(convolution, row, row + rows)
            }
        }
    }

    /// The largest byte under the window, for one int8x4 block (`inputChannels` is 1).
    package func largest(
        _ table: KernelTable, input: Int8x4Plane, output: MutableInt8x4Plane, rowBegin: Int, rowEnd: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var plane = UnsafeRawPointer(input).assumingMemoryBound(to: Float.self)
        withUnsafePointer(to: &plane) { planes in
            forEachStrip(table, planes, padding: 0, rowBegin, rowEnd, scratch) { taps, rowStep, row, rows in
                let first = UnsafeMutableRawPointer(mutating: taps).assumingMemoryBound(to: Int8x4Plane.self)
                for tap in 0..<depth { first[tap] += row * rowStep }
                for y in row..<(row + rows) {
                    table.quantized.largest(first, depth, output + y * window.outputWidth, window.outputWidth)
                    for tap in 0..<depth { first[tap] += rowStep }
                }
            }
        }
    }

    /// Spreads the inputs strip by strip; `body(taps, rowStep, row, rows)` does output rows `[row, row + rows)`.
    private func forEachStrip(
        _ table: KernelTable, _ inputs: UnsafePointer<Plane>, padding: Float, _ rowBegin: Int, _ rowEnd: Int,
        _ scratch: UnsafeMutablePointer<Float>, _ body: (UnsafePointer<Plane>, Int, Int, Int) -> Void
    ) {
        let im2col = scratch + PlaneGuard.floats
        let taps = UnsafeMutableRawPointer(scratch + tapsOffset).assumingMemoryBound(to: Plane.self)
        var row = rowBegin
        while row < rowEnd {
            let rows = min(stripRows, rowEnd - row)
            let strip = TapLayout(Self.strip(of: window, from: row, rows: rows), joinsRows: layout.joinsRows)
            for channel in 0..<inputChannels {
                table.im2col(inputs[channel], padding, im2col + channel * strip.channelFloats, strip)
            }
            listTaps(strip, im2col, taps, row)
            body(UnsafePointer(taps), strip.rowStep, row, rows)
            row += rows
        }
    }

    /// Shifted back by `row` rows, because `convolveRows` counts rows from the top of the output.
    private func listTaps(
        _ strip: TapLayout, _ im2col: UnsafeMutablePointer<Float>, _ taps: UnsafeMutablePointer<Plane>, _ row: Int
    ) {
        let first = UnsafePointer(im2col) - row * strip.rowStep
        let size = window.kernelHeight * window.kernelWidth, channelFloats = strip.channelFloats
        for ky in 0..<window.kernelHeight {
            for kx in 0..<window.kernelWidth {
                var at = first + strip.offset(ky, kx)
                var tap = ky * window.kernelWidth + kx
                for _ in 0..<inputChannels {
                    taps[tap] = at
                    at += channelFloats
                    tap += size
                }
            }
        }
    }
}
