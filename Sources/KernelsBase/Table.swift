package import KernelTypes

/// The kernels of this module's instruction set. Only to be called after the processor was asked whether it has it.
@inline(never) package func kernelTable() -> KernelTable {
    #if KERNELS_VNNI
    let name = "x86-64-v4-vnni"
    #elseif KERNELS_V4
    let name = "x86-64-v4"
    #elseif KERNELS_V3
    let name = "x86-64-v3"
    #elseif arch(x86_64)
    let name = "x86-64"
    #elseif KERNELS_DOT
    let name = "arm64-dotprod"
    #else
    let name = "arm64"
    #endif
    return KernelTable(
        name: name, lanes: lanes, blockChannels: blockChannels, blockPixels: tileColumns * lanes,
        packedFloats: packedFloats, packPointwise: packPointwise, convolvePixels: convolvePixels,
        convolveRows: convolveRows, im2col: im2col, depthwiseScratchFloats: depthwiseScratchFloats,
        depthwise: depthwise, winogradInput: winogradInput, winogradOutput: winogradOutput, activate: activate,
        combine: combine, affine: affine, exponential: exponential,
        softmax: softmax,
        sum: sum, maxPool: maxPool, averagePool: averagePool, upsampleNearest: upsampleNearest,
        bilinearRow: bilinearRow, interleave: interleave,
        pictures: pictureKernels(), quantized: quantizedKernels(), byteRows: byteRowKernels())
}
