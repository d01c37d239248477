import CKernels
import KernelTypes

/// Each block: its biases, then its weights, input by input. Missing channels of the last block are zeros.
@inline(never) func packedFloats(_ channels: Int, _ depth: Int) -> Int {
    (channels + blockChannels - 1) / blockChannels * blockChannels * depth
}

@inline(never) func packPointwise(
    _ weights: UnsafePointer<Float>, _ channels: Int, _ depth: Int, _ packed: UnsafeMutablePointer<Float>
) {
    for channel in 0..<channels { packRow(weights + channel * depth, depth, packed, channel) }
    for channel in channels..<packedFloats(channels, 1) { packRow(nil, depth, packed, channel) }
}

/// - Parameter row: nil for zeros.
@inline(always) func packRow(
    _ row: UnsafePointer<Float>?, _ depth: Int, _ packed: UnsafeMutablePointer<Float>, _ channel: Int
) {
    let to = packed + channel / blockChannels * blockChannels * depth + channel % blockChannels
    if let row {
        for k in 0..<depth { to[k * blockChannels] = row[k] }
    } else {
        for k in 0..<depth { to[k * blockChannels] = 0 }
    }
}

@inline(never) func convolvePixels(_ convolution: PointwiseConvolution, _ begin: Int, _ end: Int) {
    if isHeavy(convolution) { return convolveHeavyPixels(convolution, begin, end) }
    convolveRun(convolution, begin, begin, end - begin)
}

@inline(never) func convolveRows(_ convolution: PointwiseConvolution, _ rowBegin: Int, _ rowEnd: Int) {
    if isHeavy(convolution) {
        return convolveHeavy(
            convolution,
            PixelRows(
                inputOffset: rowBegin * convolution.inputRowStep, outputOffset: rowBegin * convolution.outputRowStep,
                inputStep: convolution.inputRowStep, outputStep: convolution.outputRowStep, width: convolution.width,
                count: rowEnd - rowBegin))
    }
    var row = rowBegin
    while row < rowEnd {
        convolveRun(
            convolution, row * convolution.inputRowStep, row * convolution.outputRowStep, convolution.width)
        row += 1
    }
}

/// A run of pixels that is contiguous on both sides. Pixels are the outer loop, so that the inputs of a tile stay in
/// the first-level cache while the weights of all blocks stream past.
@inline(always) func convolveRun(
    _ convolution: PointwiseConvolution, _ inputOffset: Int, _ outputOffset: Int, _ count: Int
) {
    let vectors = count - leftPixels(count)
    var done = 0
    while done < vectors {
        let left = vectors - done
        let columns = evenColumns((left + lanes - 1) / lanes)
        let pixels = min(columns * lanes, left)
        convolveTiles(convolution, inputOffset + done, outputOffset + done, columns, pixels)
        done += pixels
    }
    if done < count { convolveLeft(convolution, inputOffset + done, outputOffset + done, count - done) }
}

@inline(always) func convolveTiles(
    _ convolution: PointwiseConvolution, _ inputOffset: Int, _ outputOffset: Int, _ columns: Int, _ pixels: Int
) {
    var tile = Tile(convolution)
    var channel = 0
    let inputsPerBlock = convolution.depth * blockChannels / max(convolution.channels, 1) + 1
    var fetched = 0
    while channel < convolution.channels {
        // The inputs of the next pixels, some for each block.
        let stop = min(convolution.depth, fetched + inputsPerBlock)
        while fetched < stop {
            let next = tile.inputs[fetched] + inputOffset + columns * lanes
            for column in 0..<tileColumns { CKernels_prefetch(next + column * lanes) }
            fetched += 1
        }
        tile.bias = convolution.bias + channel
        convolveBlock(convolution, &tile, channel, inputOffset, outputOffset, columns, pixels)
        tile.weights += blockChannels * convolution.depth
        channel += blockChannels
    }
}

/// One tile; its weights and biases are those of the block already.
@inline(always) func convolveBlock(
    _ convolution: PointwiseConvolution, _ tile: inout Tile, _ channel: Int, _ inputOffset: Int, _ outputOffset: Int,
    _ columns: Int, _ pixels: Int
) {
    let rows = min(blockChannels, convolution.channels - channel)
    tile.outputs = convolution.outputs + channel
    if let initial = convolution.initial { tile.initial = initial + channel }
    if (rows == blockChannels || rows == 4) && pixels == columns * lanes {
        pickTile(tile, rows, columns, inputOffset, outputOffset, outputOffset)
    } else {
        edgeTile(tile, columns, inputOffset, outputOffset, rows, pixels)
    }
    if !convolution.activation.isClamp || convolution.residual != nil {
        finish(convolution, channel, rows, outputOffset, pixels)
    }
}

@inline(always) func pickTile(
    _ tile: Tile, _ rows: Int, _ columns: Int, _ inputOffset: Int, _ initialOffset: Int, _ outputOffset: Int
) {
    #if KERNELS_V4 || arch(arm64)
    if rows <= 4 {
        switch columns {
        case 1: tile1Half(tile, inputOffset, initialOffset, outputOffset)
        case 2: tile2Half(tile, inputOffset, initialOffset, outputOffset)
        default: tile3Half(tile, inputOffset, initialOffset, outputOffset)
        }
        return
    }
    #endif
    switch columns {
    case 1: tile1(tile, inputOffset, initialOffset, outputOffset)
    case 2: tile2(tile, inputOffset, initialOffset, outputOffset)
    default: tile3(tile, inputOffset, initialOffset, outputOffset)
    }
}

/// A tile that sticks out of the plane or of the channels: computed into a scratch tile, from which what exists is
/// copied.
@inline(never) func edgeTile(
    _ tile: Tile, _ columns: Int, _ inputOffset: Int, _ outputOffset: Int, _ rows: Int, _ pixels: Int
) {
    var scratch = EdgeScratch()
    withUnsafeMutableBytes(of: &scratch) { bytes in
        guard let base = bytes.baseAddress else { return }
        // One after the other: sums, output pointers, initial pointers, biases.
        let sums = base.assumingMemoryBound(to: Float.self)
        let rowFloats = tileColumns * lanes
        let outputs = UnsafeMutableRawPointer(sums + blockChannels * rowFloats)
            .assumingMemoryBound(to: MutablePlane.self)
        let initial = UnsafeMutableRawPointer(outputs + blockChannels).assumingMemoryBound(to: Plane.self)
        let bias = UnsafeMutableRawPointer(initial + blockChannels).assumingMemoryBound(to: Float.self)
        var edge = tile
        for row in 0..<blockChannels {
            let existing = min(row, rows - 1)
            outputs[row] = sums + row * rowFloats
            bias[row] = tile.bias[existing]
            if let planes = tile.initial { initial[row] = planes[existing] }
        }
        edge.outputs = UnsafePointer(outputs)
        edge.bias = UnsafePointer(bias)
        if tile.initial != nil { edge.initial = UnsafePointer(initial) }
        pickTile(edge, rows, columns, inputOffset, outputOffset, 0)
        for row in 0..<rows {
            let from = sums + row * rowFloats, to = tile.outputs[row] + outputOffset
            for i in 0..<pixels { to[i] = from[i] }
        }
    }
}

/// Room on the stack for the largest tile (8 x 48 floats) and its pointers.
struct EdgeScratch {
    var a = SIMD64<Float>(), b = SIMD64<Float>(), c = SIMD64<Float>(), d = SIMD64<Float>()
    var e = SIMD64<Float>(), f = SIMD64<Float>(), g = SIMD64<Float>()
}

/// Activation and residual of a tile that has just been written and is still in the first-level cache.
@inline(never) func finish(
    _ convolution: PointwiseConvolution, _ channel: Int, _ rows: Int, _ offset: Int, _ pixels: Int
) {
    let outputs = convolution.outputs + channel
    if !convolution.activation.isClamp {
        var slopes: UnsafePointer<Float>?
        if let all = convolution.slopes { slopes = all + channel }
        activateTile(PlaneTile(outputs, rows, offset, pixels), convolution.activation, slopes)
    }
    guard let residual = convolution.residual else { return }
    for row in 0..<rows {
        combineLoop(.add, outputs[row] + offset, residual[channel + row] + offset, outputs[row] + offset, pixels)
    }
}
