import CKernels
import KernelTypes

/// Where the sums of a tile go.
struct SumTile {
    var sums: UnsafePointer<Int32>
    /// Of the whole convolution; lists and results are counted from `channel`.
    var scale: UnsafePointer<Float>
    var channel: Int
    /// 4 or 8.
    var rows: Int
    var offset: Int
    var pixels: Int
}

@inline(always) private func real(_ tile: SumTile, _ row: Int, _ x: Int) -> Vector {
    toFloat(UnsafeRawPointer(tile.sums + row * sumRowStep + x).loadUnaligned(as: IntVector.self))
}

/// Four rows at a time become one int8x4 block. The switches on `kind` are outside because it is a constant at every call.
@inline(always) func endInBytes(
    _ kind: Activation.Kind, _ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult
) {
    let a = splat(ending.activation.a), b = splat(ending.activation.b)
    var row = 0
    while row < tile.rows {
        let first = tile.channel + row
        let output = blocks[first / 4] + tile.offset
        let rows = (
            ByteRow(tile, ending, row), ByteRow(tile, ending, row + 1), ByteRow(tile, ending, row + 2),
            ByteRow(tile, ending, row + 3)
        )
        var x = 0
        while x < tile.pixels {
            var words = joined(
                rows.0.placed(kind, x, a, b), rows.1.placed(kind, x, a, b), rows.2.placed(kind, x, a, b),
                rows.3.placed(kind, x, a, b))
            if let table = ending.table { words = lookedUp(words, table) }
            storeWords(words, output + x, first: tile.pixels - x)
            x += lanes
        }
        row += 4
    }
}

/// One channel's sums, and how they become bytes.
struct ByteRow {
    private let sums: UnsafePointer<Int32>
    private let scale: Vector
    private let zeroPoint: Vector
    private let low: Vector
    private let high: Vector
    private let factor: Float
    private let slope: Float

    @inline(always) init(_ tile: SumTile, _ ending: ByteResult, _ row: Int) {
        let m = tile.channel + row
        sums = tile.sums + row * sumRowStep
        scale = splat(tile.scale[m])
        zeroPoint = splat(ending.zeroPoint[m])
        low = splat(ending.low[m])
        high = splat(ending.high[m])
        factor = ending.factor[m]
        slope = ending.slope[m]
    }

    @inline(always) func placed(_ kind: Activation.Kind, _ x: Int, _ a: Vector, _ b: Vector) -> Vector {
        let sum = toFloat(UnsafeRawPointer(sums + x).loadUnaligned(as: IntVector.self))
        // Not `==`: that is a call into another module, for each vector.
        let place =
            switch kind {
            case .clamp: multiplyAdd(sum, scale, zeroPoint)
            case .leakyRelu: multiplyAdd(apply(kind, sum * scale, splat(slope), b), splat(factor), zeroPoint)
            default: multiplyAdd(apply(kind, sum * scale, a, b), splat(factor), zeroPoint)
            }
        return bounded(place, low, high)
    }
}

// A function each, as in Activations.swift.

@inline(never) func endPlain(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.clamp, tile, blocks, ending)
}

@inline(never) func endLeakyRelu(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.leakyRelu, tile, blocks, ending)
}

@inline(never) func endSilu(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.silu, tile, blocks, ending)
}

@inline(never) func endSigmoid(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.sigmoid, tile, blocks, ending)
}

@inline(never) func endHardSwish(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.hardSwish, tile, blocks, ending)
}

@inline(never) func endHardSigmoid(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.hardSigmoid, tile, blocks, ending)
}

@inline(never) func endGelu(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.gelu, tile, blocks, ending)
}

@inline(never) func endErrorFunction(
    _ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult
) {
    endInBytes(.erf, tile, blocks, ending)
}

@inline(never) func endTangent(_ tile: SumTile, _ blocks: UnsafePointer<MutableInt8x4Plane>, _ ending: ByteResult) {
    endInBytes(.tanh, tile, blocks, ending)
}

@inline(never) func endInFloats(
    _ tile: SumTile, _ planes: UnsafePointer<MutablePlane>, _ rows: Int, _ low: Float, _ high: Float
) {
    let lowest = splat(low), highest = splat(high)
    for row in 0..<rows {
        let output = planes[tile.channel + row] + tile.offset, scale = splat(tile.scale[tile.channel + row])
        var x = 0
        while x < tile.pixels {
            store(bounded(real(tile, row, x) * scale, lowest, highest), output + x, first: tile.pixels - x)
            x += lanes
        }
    }
}

@inline(always) func endTile(_ tile: SumTile, _ result: QuantizedConvolution.Result) {
    switch result {
    case .floats(let planes, let count, let low, let high):
        endInFloats(tile, planes, min(tile.rows, count - tile.channel), low, high)
    case .bytes(let blocks, let ending):
        switch ending.activation.kind {
        case .clamp: endPlain(tile, blocks, ending)
        case .leakyRelu: endLeakyRelu(tile, blocks, ending)
        case .silu: endSilu(tile, blocks, ending)
        case .sigmoid: endSigmoid(tile, blocks, ending)
        case .hardSwish: endHardSwish(tile, blocks, ending)
        case .hardSigmoid: endHardSigmoid(tile, blocks, ending)
        case .gelu: endGelu(tile, blocks, ending)
        case .erf: endErrorFunction(tile, blocks, ending)
        case .tanh: endTangent(tile, blocks, ending)
        }
    }
}
