/// A 3 x 3 convolution with stride 1 as 16 products of matrices (`WinogradStrip` has the method): less than half of the
/// multiply-adds, for transforms of what goes in and comes out, and weights that are 16/9 as large.
///
/// Prepared once, then `run` by any number of threads at once, each with its own scratch.
package struct WinogradConvolution: RowConvolution {
    package let window: Window
    package let inputChannels: Int
    package let outputChannels: Int
    private let strip: WinogradStrip

    package init(_ table: KernelTable, window: Window, inputChannels: Int, outputChannels: Int) {
        self.window = window
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        strip = Self.strip(window, channels: inputChannels + outputChannels, lanes: table.lanes)
    }

    /// Rows of tiles.
    package var rowCount: Int { Self.tileRows(window) }

    private static func tileRows(_ window: Window) -> Int { (window.outputHeight + 1) / 2 }

    /// Transformed weights may have as many floats as these channels: more are read from memory for each strip, faster than they
    /// are used.
    private static let mostWeights = 1 << 16
    /// The transformed tiles of all channels stay within 1 MiB; a strip of one row may have twice that, and no more.
    private static let stripFloats = 1 << 18

    /// The strip that leaves the fewest lanes of a vector empty; of equal ones the largest, whose weights are read least often.
    private static func strip(_ window: Window, channels: Int, lanes: Int) -> WinogradStrip {
        var best = WinogradStrip(window, rows: 1)
        for rows in 1..<max(2, tileRows(window) + 1) {
            let strip = WinogradStrip(window, rows: rows)
            guard WinogradStrip.positions * strip.positionFloats(channels) <= stripFloats else { break }
            if share(strip, lanes) >= share(best, lanes) { best = strip }
        }
        return best
    }

    /// Of the lanes of its vectors, how many hold a tile, 0...1.
    private static func share(_ strip: WinogradStrip, _ lanes: Int) -> Double {
        Double(strip.tiles) / Double(max(1, (strip.tiles + lanes - 1) / lanes * lanes))
    }

    /// Whether it can be done so, and is faster (the plain table computes as the textbook does): for
    /// each vector of tiles 36 multiply-adds for every pair of channels fall to 16, which are a little slower each,
    /// and the transforms take about 130 instructions for each input channel and 110 for each output channel.
    package static func isFaster(_ window: Window, inputs: Int, outputs: Int, lanes: Int) -> Bool {
        guard window.kernelHeight == 3, window.kernelWidth == 3, window.strideY == 1, window.strideX == 1,
            window.dilationY == 1, window.dilationX == 1, window.padTop >= 0, window.padLeft >= 0,
            inputs * outputs <= mostWeights, lanes > 1
        else { return false }
        let strip = strip(window, channels: inputs + outputs, lanes: lanes)
        // A strip of one vector loads a weight for hardly any work; vectors that are not full save less.
        guard strip.tiles > lanes, share(strip, lanes) >= 0.8,
            WinogradStrip.positions * strip.positionFloats(inputs + outputs) <= 2 * stripFloats
        else { return false }
        return 36 * inputs * outputs > 20 * inputs * outputs + 130 * inputs + 110 * outputs
    }

    package func packedFloats(_ table: KernelTable) -> Int {
        WinogradStrip.positions * table.packedFloats(outputChannels, inputChannels)
    }

    /// - Parameters:
    ///   - weights: the model's `[output][input][3][3]`.
    ///   - packed: `packedFloats` floats: 16 times what `KernelTable.packPointwise` writes.
    package func pack(_ table: KernelTable, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>) {
        let kernels = outputChannels * inputChannels
        var one = [Float](repeating: 0, count: kernels)
        for position in 0..<WinogradStrip.positions {
            for kernel in 0..<kernels { one[kernel] = Self.transformed(weights + 9 * kernel, position) }
            one.withUnsafeBufferPointer { one in
                guard let base = one.baseAddress else { return }
                table.packPointwise(
                    base, outputChannels, inputChannels,
                    packed + position * table.packedFloats(outputChannels, inputChannels))
            }
        }
    }

    /// One number of `G g Gt`, where a row of G is one of 1 0 0, ½ ½ ½, ½ -½ ½ and 0 0 1.
    private static func transformed(_ kernel: UnsafePointer<Float>, _ position: Int) -> Float {
        func mixed(_ a: Float, _ b: Float, _ c: Float, _ row: Int) -> Float {
            switch row {
            case 0: a
            case 1: (a + b + c) / 2
            case 2: (a - b + c) / 2
            default: c
            }
        }
        let (row, column) = (position / 4, position % 4)
        return mixed(
            mixed(kernel[0], kernel[1], kernel[2], column), mixed(kernel[3], kernel[4], kernel[5], column),
            mixed(kernel[6], kernel[7], kernel[8], column), row)
    }

    /// Floats that each thread must bring, 64-byte aligned, guards included: transformed inputs, sums, the scratch of the input
    /// transform, a bias of zeros, and the lists of planes.
    package var scratchFloats: Int {
        listsOffset + WinogradStrip.positions * (inputChannels + outputChannels) * MemoryLayout<Plane>.stride
            / MemoryLayout<Float>.stride
    }

    private var inputsOffset: Int { PlaneGuard.floats }
    private var sumsOffset: Int { inputsOffset + WinogradStrip.positions * strip.positionFloats(inputChannels) }
    private var rowsOffset: Int {
        sumsOffset + WinogradStrip.positions * strip.positionFloats(outputChannels) + PlaneGuard.floats
    }
    private var zerosOffset: Int { rowsOffset + strip.scratchFloats + PlaneGuard.floats }
    /// A multiple of 16 floats, so that pointers behind it are aligned.
    private var listsOffset: Int { zerosOffset + (outputChannels + 15) / 16 * 16 }

    /// Rows of tiles `[rowBegin, rowEnd)`.
    /// - Parameters:
    ///   - inputs: one plane per input channel.
    ///   - outputs: channels, weights of `pack`, bias, activation and the rest; its inputs and depth are replaced.
    package func run(
        _ table: KernelTable, inputs: UnsafePointer<Plane>, outputs: PointwiseConvolution, rowBegin: Int, rowEnd: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let lists = listPlanes(scratch)
        for channel in 0..<outputChannels { scratch[zerosOffset + channel] = 0 }
        var strip = strip
        let most = strip.rows
        var row = rowBegin
        while row < rowEnd {
            (strip.firstRow, strip.rows) = (row, min(most, rowEnd - row))
            for channel in 0..<inputChannels {
                table.winogradInput(
                    inputs[channel], strip, scratch + rowsOffset,
                    scratch + inputsOffset + channel * strip.pitch, strip.positionFloats(inputChannels))
            }
            multiply(table, outputs, strip, scratch, lists)
            for channel in 0..<outputChannels {
                table.winogradOutput(
                    UnsafePointer(scratch) + sumsOffset + channel * strip.pitch,
                    strip.positionFloats(outputChannels), strip, outputs, channel)
            }
            row += strip.rows
        }
    }

    /// For each position of a transformed tile the sums over the input channels.
    private func multiply(
        _ table: KernelTable, _ outputs: PointwiseConvolution, _ strip: WinogradStrip,
        _ scratch: UnsafeMutablePointer<Float>,
        _ lists: (inputs: UnsafePointer<Plane>, sums: UnsafePointer<MutablePlane>)
    ) {
        let packedFloats = table.packedFloats(outputChannels, inputChannels)
        for position in 0..<WinogradStrip.positions {
            // Number (1, 1) of a transformed tile is added to all four outputs: the bias goes in there.
            let product = PointwiseConvolution(
                inputs: lists.inputs + position * inputChannels, depth: inputChannels,
                outputs: lists.sums + position * outputChannels, channels: outputChannels,
                weights: outputs.weights + position * packedFloats,
                bias: position == 5 ? outputs.bias : UnsafePointer(scratch) + zerosOffset, activation: .none)
            table.convolvePixels(product, 0, strip.tiles)
        }
    }

    /// Position by position, the planes of all input channels, and those of all sums.
    private func listPlanes(_ scratch: UnsafeMutablePointer<Float>) -> (
        inputs: UnsafePointer<Plane>, sums: UnsafePointer<MutablePlane>
    ) {
        let positions = WinogradStrip.positions
        let lists = UnsafeMutableRawPointer(scratch + listsOffset)
        let inputs = lists.assumingMemoryBound(to: Plane.self)
        let sums = (lists + positions * inputChannels * MemoryLayout<Plane>.stride)
            .assumingMemoryBound(to: MutablePlane.self)
        for position in 0..<positions {
            for channel in 0..<inputChannels {
                inputs[position * inputChannels + channel] =
                    UnsafePointer(scratch) + inputsOffset + position * strip.positionFloats(inputChannels)
                    + channel * strip.pitch
            }
            for channel in 0..<outputChannels {
                sums[position * outputChannels + channel] =
                    scratch + sumsOffset + position * strip.positionFloats(outputChannels) + channel * strip.pitch
            }
        }
        return (UnsafePointer(inputs), UnsafePointer(sums))
    }
}
