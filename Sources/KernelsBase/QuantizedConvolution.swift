import KernelTypes

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
            tile.weights = nextBlock(tile.weights, convolution.depth)
            tile.bias += quantizedBlockChannels
        }
        done += pixels
    }
}
