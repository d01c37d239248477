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
    withSums { convolveQuantizedRun(convolution, begin, begin, end - begin, $0) }
}

@inline(never) func convolveQuantizedRows(_ convolution: QuantizedConvolution, _ rowBegin: Int, _ rowEnd: Int) {
    withSums { sums in
        for row in rowBegin..<max(rowBegin, rowEnd) {
            convolveQuantizedRun(
                convolution, row * convolution.inputRowStep, row * convolution.outputRowStep, convolution.width, sums)
        }
    }
}

@inline(always) private func withSums(_ body: (UnsafeMutablePointer<Int32>) -> Void) {
    var scratch = SumScratch()
    withUnsafeMutableBytes(of: &scratch) { bytes in
        if let base = bytes.baseAddress { body(base.assumingMemoryBound(to: Int32.self)) }
    }
}

@inline(always) func convolveQuantizedRun(
    _ convolution: QuantizedConvolution, _ inputOffset: Int, _ outputOffset: Int, _ count: Int,
    _ sums: UnsafeMutablePointer<Int32>
) {
    var done = 0
    while done < count {
        let pixels = min(sumRowStep, count - done)
        var tile = QuantizedTile(
            inputs: convolution.inputs, depth: convolution.depth, weights: convolution.weights, bias: convolution.bias,
            sums: sums)
        var channel = 0
        while channel < convolution.channels {
            let rows = min(quantizedBlockChannels, convolution.channels - channel)
            var x = 0
            while x < pixels {
                let columns = min((pixels - x + lanes - 1) / lanes, quantizedColumns)
                tile.sums = sums + x
                pickQuantizedTile(tile, rows, columns, inputOffset + done + x)
                x += columns * lanes
            }
            let sumTile = SumTile(
                sums: sums, scale: convolution.scale, channel: channel, rows: rows, offset: outputOffset + done,
                pixels: pixels)
            endTile(sumTile, convolution.result)
            channel += quantizedBlockChannels
            tile.weights += quantizedBlockChannels * wordsPerWeight * convolution.depth
            tile.bias += quantizedBlockChannels
        }
        done += pixels
    }
}
