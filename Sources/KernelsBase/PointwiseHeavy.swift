import KernelTypes

// For weights that do not fit the second-level cache. Blocks of channels are the outer loop here and pixels the inner one, so that
// weights come from far away once for some tiles of pixels; the depth is cut so that the inputs of all these pixels stay near.

/// 512 KiB and more.
@inline(always) func isHeavy(_ convolution: PointwiseConvolution) -> Bool {
    convolution.channels * convolution.depth > 1 << 17
}

/// Inputs that are used for all channels before others are, in floats: 128 KiB.
@inline(always) var nearInputs: Int { 1 << 15 }

/// Rows of pixels, each contiguous on both sides.
struct PixelRows {
    var inputOffset: Int
    var outputOffset: Int
    var inputStep: Int
    var outputStep: Int
    var width: Int
    var count: Int
}

@inline(never) func convolveHeavyPixels(_ convolution: PointwiseConvolution, _ begin: Int, _ end: Int) {
    let tile = tileColumns * lanes
    var start = begin
    while start < end {
        // What is left over would read all weights again for hardly any pixels.
        let stop = end - start <= 5 * tile ? end : start + 4 * tile
        convolveHeavy(
            convolution,
            PixelRows(
                inputOffset: start, outputOffset: start, inputStep: 0, outputStep: 0, width: stop - start, count: 1))
        start = stop
    }
}

/// Parts of the depth one after the other: the first adds the biases and `initial`, the next ones what the outputs hold, the last
/// one brings what ends a convolution.
@inline(never) func convolveHeavy(_ convolution: PointwiseConvolution, _ pixels: PixelRows) {
    let parts = max(1, (convolution.depth * pixels.width * pixels.count + nearInputs - 1) / nearInputs)
    let depth = (convolution.depth + parts - 1) / parts
    var first = 0
    while first < convolution.depth {
        var part = convolution
        part.inputs += first
        part.depth = min(depth, convolution.depth - first)
        part.weights += first * blockChannels
        if first > 0 {
            part.initial = UnsafeRawPointer(convolution.outputs).assumingMemoryBound(to: Plane.self)
        }
        let isLast = first + depth >= convolution.depth
        if !isLast {
            part.activation = .none
            part.residual = nil
        }
        convolveBlocks(part, fullDepth: convolution.depth, hasBias: first == 0, pixels)
        first += depth
    }
}

@inline(never) func convolveBlocks(
    _ convolution: PointwiseConvolution, fullDepth: Int, hasBias: Bool, _ pixels: PixelRows
) {
    var zeros = SIMD8<Float>()
    withUnsafeBytes(of: &zeros) { bytes in
        guard let zeros = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
        var tile = Tile(convolution)
        tile.nextWeights = blockChannels * fullDepth
        let left = leftPixels(pixels.width)
        var leftTile = LeftTile(convolution, step: blockChannels * fullDepth, hasBias: hasBias)
        var channel = 0
        while channel < convolution.channels {
            tile.bias = hasBias ? convolution.bias + channel : zeros
            var row = 0
            while row < pixels.count {
                convolveBlockRun(
                    convolution, &tile, channel, pixels.inputOffset + row * pixels.inputStep,
                    pixels.outputOffset + row * pixels.outputStep, pixels.width - left)
                row += 1
            }
            tile.weights += blockChannels * fullDepth
            channel += blockChannels
            // While the weights of these blocks are near.
            if left > 0, channel % channelsTogether(left) == 0 || channel >= convolution.channels {
                convolveLeft(convolution, leftTile, pixels, left)
                leftTile.advance(channelsTogether(left))
            }
        }
    }
}

/// What whole vectors leave over of each row.
@inline(never) func convolveLeft(
    _ convolution: PointwiseConvolution, _ tile: LeftTile, _ pixels: PixelRows, _ left: Int
) {
    let done = pixels.width - left
    var row = 0
    while row < pixels.count {
        tile.run(
            convolution, pixels.inputOffset + row * pixels.inputStep + done,
            pixels.outputOffset + row * pixels.outputStep + done, left)
        row += 1
    }
}

/// A run of pixels of one block of channels.
@inline(always) func convolveBlockRun(
    _ convolution: PointwiseConvolution, _ tile: inout Tile, _ channel: Int, _ inputOffset: Int, _ outputOffset: Int,
    _ count: Int
) {
    var done = 0
    while done < count {
        let columns = evenColumns((count - done + lanes - 1) / lanes)
        let pixels = min(columns * lanes, count - done)
        convolveBlock(convolution, &tile, channel, inputOffset + done, outputOffset + done, columns, pixels)
        done += pixels
    }
}

/// As many vectors as a tile takes of those that are left; none shall be left for a tile of one, which loads a weight for each
/// multiply-add.
@inline(always) func evenColumns(_ vectors: Int) -> Int {
    vectors > tileColumns && vectors % tileColumns == 1 && tileColumns > 2 ? tileColumns - 1 : min(vectors, tileColumns)
}
