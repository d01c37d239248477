import KernelTypes

@inline(never) func packedQuantizedWords(_ channels: Int, _ depth: Int) -> Int {
    (channels + quantizedBlockChannels - 1) / quantizedBlockChannels * quantizedBlockChannels * depth * wordsPerWeight
}

/// Block by block, input by input. Missing channels of the last block are zeros.
@inline(never) func packQuantized(
    _ weights: UnsafePointer<Int8>, _ channels: Int, _ depth: Int, _ packed: UnsafeMutablePointer<UInt32>,
    _ bias: UnsafeMutablePointer<Int32>
) {
    var at = packed, first = 0
    while first < channels {
        for k in 0..<depth {
            for m in first..<(first + quantizedBlockChannels) {
                packWeight(weights + 4 * (m * depth + k), m < channels, at)
                at += wordsPerWeight
            }
        }
        first += quantizedBlockChannels
    }
    #if KERNELS_DOT
    for m in 0..<channels {
        var sum: Int32 = 0
        for i in 0..<(4 * depth) { sum &+= Int32(weights[4 * m * depth + i]) }
        bias[m] = bias[m] &+ 128 &* sum
    }
    #endif
}

@inline(always) func packWeight(_ weight: UnsafePointer<Int8>, _ exists: Bool, _ at: UnsafeMutablePointer<UInt32>) {
    #if KERNELS_VNNI || KERNELS_DOT
    at[0] = exists ? bytes(weight[0], weight[1]) | bytes(weight[2], weight[3]) &<< 16 : 0
    #else
    at[0] = exists ? halves(weight[0], weight[2]) : 0
    at[1] = exists ? halves(weight[1], weight[3]) : 0
    #endif
}

@inline(always) private func bytes(_ low: Int8, _ high: Int8) -> UInt32 {
    UInt32(UInt8(bitPattern: low)) | UInt32(UInt8(bitPattern: high)) &<< 8
}

@inline(always) private func halves(_ low: Int8, _ high: Int8) -> UInt32 {
    UInt32(UInt16(bitPattern: Int16(low))) | UInt32(UInt16(bitPattern: Int16(high))) &<< 16
}

@inline(never) func convolveQuantizedPixels(_ convolution: QuantizedConvolution, _ begin: Int, _ end: Int) {
    convolveQuantizedRun(convolution, begin, begin, end - begin)
}

@inline(never) func convolveQuantizedRows(_ convolution: QuantizedConvolution, _ rowBegin: Int, _ rowEnd: Int) {
    var row = rowBegin
    while row < rowEnd {
        convolveQuantizedRun(
            convolution, row * convolution.inputRowStep, row * convolution.outputRowStep, convolution.width)
        row += 1
    }
}

@inline(always) func convolveQuantizedRun(
    _ convolution: QuantizedConvolution, _ inputOffset: Int, _ outputOffset: Int, _ count: Int
) {
    var done = 0
    while done < count {
        let left = count - done
        let columns = min((left + lanes - 1) / lanes, quantizedColumns)
        let pixels = min(columns * lanes, left)
        var tile = QuantizedTile(
            convolution: convolution, weights: convolution.weights, bias: convolution.bias, scale: convolution.scale,
            channel: 0)
        while tile.channel < convolution.channels {
            pickQuantizedTile(
                tile, convolution.channels - tile.channel, columns, inputOffset + done, outputOffset + done, pixels)
            tile.channel += quantizedBlockChannels
            tile.weights += quantizedBlockChannels * wordsPerWeight * convolution.depth
            tile.bias += quantizedBlockChannels
            tile.scale += quantizedBlockChannels
        }
        done += pixels
    }
}
