func scalarTable() -> KernelTable {
    KernelTable(
        name: "scalar", lanes: 1, blockChannels: 1, blockPixels: 1,
        packedFloats: scalarPackedFloats, packPointwise: scalarPackPointwise, convolvePixels: scalarConvolvePixels,
        convolveRows: scalarConvolveRows, im2col: scalarIm2col, depthwiseScratchFloats: { _ in 0 },
        depthwise: scalarDepthwise, winogradInput: scalarWinogradInput, winogradOutput: scalarWinogradOutput,
        activate: scalarActivate,
        combine: scalarCombine, affine: scalarAffine, exponential: scalarExponential, softmax: scalarSoftmax,
        sum: scalarSum, maxPool: scalarMaxPool, averagePool: scalarAveragePool,
        upsampleNearest: scalarUpsampleNearest, bilinearRow: scalarBilinearRow, interleave: scalarInterleave,
        pictures: scalarPictureKernels(), quantized: scalarQuantizedKernels(),
        byteRows: scalarByteRowKernels())
}
