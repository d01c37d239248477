import KernelTypes

// The last pixels of a run, when they are too few for a vector: vectors are channels here, as the packed weights have them, and each
// pixel's number is one for all lanes. A vector of pixels that is a quarter full or less would cost more.
#if KERNELS_V4 || arch(arm64)
typealias BlockVector = SIMD8<Float>
#else
typealias BlockVector = SIMD4<Float>
#endif

/// How many of the last pixels go this way: those that are left over by whole vectors, when they are few.
@inline(always) func leftPixels(_ count: Int) -> Int {
    let left = count % lanes
    return 4 * left <= lanes && count > lanes ? left : 0
}

/// `rows` channels of a block for up to four pixels that lie side by side.
@inline(never) func convolveLeftPixels(
    _ tile: Tile, _ inputOffset: Int, _ outputOffset: Int, _ rows: Int, _ pixels: Int
) {
    switch pixels {
    case 1: convolveLeft(tile, inputOffset, outputOffset, rows, 1, pixels)
    case 2: convolveLeft(tile, inputOffset, outputOffset, rows, 2, pixels)
    default: convolveLeft(tile, inputOffset, outputOffset, rows, 4, pixels)
    }
}

/// Eight sums, so that each has time to become ready: some inputs of each pixel at once.
/// - Parameter width: 1, 2 or 4 pixels are computed, a constant wherever this is inlined; `pixels` of them are written.
@inline(always) func convolveLeft(
    _ tile: Tile, _ inputOffset: Int, _ outputOffset: Int, _ rows: Int, _ width: Int, _ pixels: Int
) {
    var a = BlockVector(), b = a, c = a, d = a, e = a, f = a, g = a, h = a
    let together = 8 / width
    var k = 0
    var w = tile.weights
    while k + together <= tile.depth {
        addPixel(&a, tile, w, k, inputOffset, 0, width)
        addPixel(&b, tile, w, k, inputOffset, 1, width)
        addPixel(&c, tile, w, k, inputOffset, 2, width)
        addPixel(&d, tile, w, k, inputOffset, 3, width)
        addPixel(&e, tile, w, k, inputOffset, 4, width)
        addPixel(&f, tile, w, k, inputOffset, 5, width)
        addPixel(&g, tile, w, k, inputOffset, 6, width)
        addPixel(&h, tile, w, k, inputOffset, 7, width)
        k += together
        w += together * blockChannels
    }
    while k < tile.depth {
        addPixel(&a, tile, w, k, inputOffset, 0, width)
        if width > 1 { addPixel(&b, tile, w, k, inputOffset, 1, width) }
        if width > 2 {
            addPixel(&c, tile, w, k, inputOffset, 2, width)
            addPixel(&d, tile, w, k, inputOffset, 3, width)
        }
        k += 1
        w += blockChannels
    }
    switch width {
    case 1: putPixel((a + b) + (c + d) + ((e + f) + (g + h)), tile, outputOffset, rows)
    case 2:
        putPixel((a + c) + (e + g), tile, outputOffset, rows)
        putPixel((b + d) + (f + h), tile, outputOffset + 1, rows)
    default:
        putPixel(a + e, tile, outputOffset, rows)
        putPixel(b + f, tile, outputOffset + 1, rows)
        putPixel(c + g, tile, outputOffset + 2, rows)
        if pixels > 3 { putPixel(d + h, tile, outputOffset + 3, rows) }
    }
}

/// Sum number `index` is of pixel `index % width`, and of input `k + index / width`.
@inline(always) func addPixel(
    _ sum: inout BlockVector, _ tile: Tile, _ w: UnsafePointer<Float>, _ k: Int, _ inputOffset: Int, _ index: Int,
    _ width: Int
) {
    let x = (tile.inputs[k + index / width] + inputOffset)[index % width]
    let weights = UnsafeRawPointer(w + index / width * blockChannels).loadUnaligned(as: BlockVector.self)
    #if arch(x86_64) && !KERNELS_V3 && !KERNELS_V4
    sum += weights * x
    #else
    sum.addProduct(weights, BlockVector(repeating: x))
    #endif
}

@inline(always) func putPixel(_ sum: BlockVector, _ tile: Tile, _ offset: Int, _ rows: Int) {
    for row in 0..<rows {
        var x = sum[row] + tile.bias[row]
        if let initial = tile.initial { x += initial[row][offset] }
        tile.outputs[row][offset] = min(max(x, tile.low), tile.high)
    }
}
