// The NEON kernels against their plain twins, in a program small enough for Embedded Swift: see run.sh.
// The full tests are Tests/KernelTests; this is their core for machines where only an emulator is at hand.

func planes(_ count: Int, _ pixels: Int, seed: UInt64, scale: Float = 1) -> UnsafeMutablePointer<MutablePlane> {
    let step = pixels + PlaneGuard.floats, total = PlaneGuard.floats + max(1, count) * step
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: total)
    memory.initialize(repeating: seed == 0 ? 7.25e33 : .nan, count: total)
    let list = UnsafeMutablePointer<MutablePlane>.allocate(capacity: max(1, count))
    var state = seed
    for index in 0..<max(1, count) {
        list[index] = memory + PlaneGuard.floats + index * step
        guard seed != 0 else { continue }
        for i in 0..<pixels {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            list[index][i] = (Float(state >> 40) / 8_388_608 - 1) * scale
        }
    }
    return list
}

func readable(_ list: UnsafeMutablePointer<MutablePlane>) -> UnsafePointer<Plane> {
    UnsafeRawPointer(list).assumingMemoryBound(to: Plane.self)
}

// One thread.
nonisolated(unsafe) var checks = 0
nonisolated(unsafe) var failures = 0

/// Also compares what lies around the planes, which nobody may have changed.
func compare(
    _ name: StaticString, _ a: UnsafeMutablePointer<MutablePlane>, _ b: UnsafeMutablePointer<MutablePlane>,
    _ count: Int,
    _ pixels: Int, tolerance: Float
) {
    checks += 1
    for index in 0..<count {
        for i in -PlaneGuard.floats..<(pixels + PlaneGuard.floats) {
            let x = a[index][i], y = b[index][i]
            let inside = i >= 0 && i < pixels
            if inside ? x != y && !(abs(x - y) <= tolerance * (1 + abs(y))) : x.bitPattern != y.bitPattern {
                failures += 1
                print(name, terminator: "")
                print(": plane \(index) of \(count), pixel \(i) of \(pixels)")
                return
            }
        }
    }
}

func comparePointwise(_ fast: KernelTable, _ plain: KernelTable) {
    for pixels in [0, 1, 3, 4, 5, 11, 12, 13, 31, 169] {
        for channels in [1, 4, 5, 8, 9, 23] {
            for activation in [
                Activation.none, .relu6, .silu, .leakyRelu(slope: 0.1), .hardSwish, .gelu, .erf, .tanh,
            ] {
                let depth = 7, inputs = planes(depth, pixels, seed: 1),
                    weights = planes(1, channels * depth, seed: 2)[0]
                let bias = planes(1, channels, seed: 3)[0], residual = planes(channels, pixels, seed: 4)
                let slopes = planes(1, channels, seed: 6)[0]
                let results = [planes(channels, pixels, seed: 0), planes(channels, pixels, seed: 0)]
                for (table, outputs) in [(fast, results[0]), (plain, results[1])] {
                    let packed = planes(1, table.packedFloats(channels, depth), seed: 5)[0]
                    table.packPointwise(weights, channels, depth, packed)
                    let convolution = PointwiseConvolution(
                        inputs: readable(inputs), depth: depth, outputs: outputs, channels: channels, weights: packed,
                        bias: bias, initial: readable(residual), activation: activation, slopes: slopes,
                        residual: readable(residual))
                    table.convolvePixels(convolution, 0, pixels)
                }
                compare("pointwise", results[0], results[1], channels, pixels, tolerance: 1e-5)
            }
        }
    }
}

func compareWindows(_ fast: KernelTable, _ plain: KernelTable) {
    for (height, width) in [(1, 1), (3, 3), (5, 4), (7, 9), (13, 13), (4, 16), (5, 31)] {
        for (kernel, stride, pad) in [
            (3, 1, 1), (3, 2, 1), (5, 1, 2), (5, 2, 2), (7, 1, 3), (3, 1, 3), (2, 2, 0), (9, 2, 4),
        ] {
            guard height + 2 * pad >= kernel, width + 2 * pad >= kernel else { continue }
            let window = Window(
                inputHeight: height, inputWidth: width, outputHeight: (height + 2 * pad - kernel) / stride + 1,
                outputWidth: (width + 2 * pad - kernel) / stride + 1, kernelHeight: kernel, kernelWidth: kernel,
                strideY: stride, strideX: stride, padTop: pad, padLeft: pad)
            let input = planes(2, height * width, seed: 1), pixels = window.outputHeight * window.outputWidth
            let weights = planes(1, 2 * kernel * kernel, seed: 2)[0], bias = planes(1, 2, seed: 3)[0]
            let slopes = planes(1, 2, seed: 4)[0]
            let layout = TapLayout(window), scratch = planes(1, KernelTable.maxPoolScratchFloats(window), seed: 9)[0]
            let results = [0, 0, 0, 0].map { _ in (planes(2, pixels, seed: 0), planes(2, pixels, seed: 0)) }
            let spreads = (planes(1, layout.channelFloats, seed: 0), planes(1, layout.channelFloats, seed: 0))
            for table in [fast, plain] {
                let isFast = table.lanes > 1
                let depthwise = DepthwiseConvolution(
                    inputs: readable(input), outputs: isFast ? results[0].0 : results[0].1, weights: weights,
                    bias: bias, window: window, activation: .silu)
                let room = planes(1, table.depthwiseScratchFloats(window), seed: 9)[0]
                table.depthwise(depthwise, 0, 2, 0, window.outputHeight, room)
                let sloped = DepthwiseConvolution(
                    inputs: readable(input), outputs: isFast ? results[3].0 : results[3].1, weights: weights,
                    bias: bias, window: window, activation: .leakyRelu(slope: 9), slopes: slopes)
                table.depthwise(sloped, 0, 2, 0, window.outputHeight, room)
                let largest = isFast ? results[1].0 : results[1].1, mean = isFast ? results[2].0 : results[2].1
                table.maxPool(input[0], largest[0], window, 0, window.outputHeight, scratch)
                table.averagePool(input[0], mean[0], window, 0, window.outputHeight, false)
                table.im2col(input[0], 0, isFast ? spreads.0[0] : spreads.1[0], layout)
            }
            compare("depthwise", results[0].0, results[0].1, 2, pixels, tolerance: 2e-5)
            compare("depthwise with slopes", results[3].0, results[3].1, 2, pixels, tolerance: 2e-5)
            compare("maxPool", results[1].0, results[1].1, 1, pixels, tolerance: 0)
            compare("averagePool", results[2].0, results[2].1, 1, pixels, tolerance: 1e-5)
            compare("spread", spreads.0, spreads.1, 1, layout.channelFloats, tolerance: 0)
            let joined = TapLayout(window, joinsRows: true)
            let copies = (planes(1, joined.channelFloats, seed: 0), planes(1, joined.channelFloats, seed: 0))
            fast.im2col(input[0], 0, copies.0[0], joined)
            plain.im2col(input[0], 0, copies.1[0], joined)
            compare("spread in joined rows", copies.0, copies.1, 1, joined.channelFloats, tolerance: 0)
        }
    }
}

func compareFlat(_ fast: KernelTable, _ plain: KernelTable) {
    for count in [0, 1, 3, 4, 5, 31, 100] {
        let input = planes(3, count, seed: 1, scale: 9)
        func both(_ name: StaticString, _ floats: Int, _ body: (KernelTable, MutablePlane) -> Void) {
            let results = (planes(1, floats, seed: 0), planes(1, floats, seed: 0))
            body(fast, results.0[0])
            body(plain, results.1[0])
            compare(name, results.0, results.1, 1, floats, tolerance: 2e-6)
        }
        both("silu", count) { $0.activate(input[0], $1, count, .silu) }
        both("sigmoid", count) { $0.activate(input[0], $1, count, .sigmoid) }
        both("exponential", count) { $0.exponential(input[0], $1, count) }
        both("softmax", count) { $0.softmax(input[0], $1, 1, count) }
        both("divide", count) { $0.combine(input[0], input[1], $1, count, .divide) }
        both("upsample", 4 * count) { $0.upsampleNearest(input[0], count, 2, 2, $1, 0, 2) }
        both("interleave", 3 * count) { $0.interleave(readable(input), 3, 0, count, $1, 3) }
    }
}

func comparePictures(_ fast: KernelTable, _ plain: KernelTable) {
    let lanes = fast.lanes, scratch = planes(1, PictureKernels.scratchFloats(lanes: lanes), seed: 0)[0]
    for count in [1, 3, 4, 5, 16, 17, 100] {
        let bytes = UnsafeRawPointer(planes(1, 64 * count + 64, seed: 1)[0]).assumingMemoryBound(to: UInt8.self)
        let results = (planes(lanes, 64 + 3 * count, seed: 0), planes(lanes, 64 + 3 * count, seed: 0))
        for table in [fast, plain] {
            let cells = table.lanes > 1 ? results.0[0] : results.1[0]
            table.pictures.widen(bytes, cells, count)
            let planar = CellRows(bytes: bytes, stride: 8 * count, rows: 8, isPacked: false, cells: count)
            table.pictures.meanCells(planar, cells + count)
            let packed = CellRows(bytes: bytes, stride: 32 * count, rows: 4, isPacked: true, cells: count)
            table.pictures.meanCells(packed, cells + 2 * count)
        }
        compare("cells", results.0, results.1, 1, 3 * count, tolerance: 0)

        let current = planes(1, count, seed: 1, scale: 100)[0]
        let learnt = (planes(2, count + 1, seed: 2, scale: 20), planes(2, count + 1, seed: 2, scale: 20))
        let rule = BackgroundRule(
            shift: 2, leastDifference: 9, noiseFactor: 5, mostNoise: 40, quiet: 0.05, slow: 0.007)
        for table in [fast, plain] {
            let list = table.lanes > 1 ? learnt.0 : learnt.1
            let flags = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
            let cells = BackgroundCells(
                current: current, average: list[0], noise: list[1], changed: flags, count: count)
            list[0][count] = Float(table.pictures.follow(cells, rule))
            for i in 0..<count { list[1][count] = list[1][count] * 0.9 + Float(flags[i]) }
        }
        compare("follow", learnt.0, learnt.1, 2, count + 1, tolerance: 1e-6)
        compareResize(fast, plain, count, bytes, scratch)
    }
}

/// Four rows at once against each by itself: down from three rows of bytes, then across from pairs of columns.
func compareResize(
    _ fast: KernelTable, _ plain: KernelTable, _ count: Int, _ bytes: UnsafePointer<UInt8>, _ scratch: MutablePlane
) {
    let lanes = fast.lanes, across = planes(1, 2 * count, seed: 5, scale: 1.0 / 256)[0]
    let weights = UnsafeMutablePointer<UInt16>.allocate(capacity: 3 * lanes)
    for i in 0..<3 * lanes { weights[i] = UInt16(21_000 - 800 * i) }
    let starts = UnsafeMutablePointer<Int32>.allocate(capacity: max(lanes, count))
    let wide = planes(1, (count + 65) * lanes, seed: 0)[0], narrow = planes(lanes, count + 65, seed: 0)
    let colors = (planes(3, lanes * count, seed: 0), planes(3, lanes * count, seed: 0))
    let formula = ColorFormula(first: 0.9, second: -0.3, third: 0.4, offset: 3, gain: 2, bias: -1)
    func columns(_ sums: Plane, _ output: UnsafeMutablePointer<MutablePlane>, _ row: Int) -> PictureColumns {
        let component = ComponentColumns(wide: sums, step: 1, starts: starts, weights: across, taps: 2)
        return PictureColumns(
            components: (component, component, component), isGray: false, formulas: (formula, formula, formula),
            planes: (output[0] + row * count, output[1] + row * count, output[2] + row * count), rowStep: count)
    }
    for i in 0..<max(lanes, count) { starts[i] = Int32(i) }
    let rows = PictureRows(bytes: bytes, stride: count, starts: starts, weights: weights, taps: 3)
    fast.pictures.weighRows(rows, count, wide, scratch)
    for row in 0..<lanes {
        let one = PictureRows(bytes: bytes, stride: count, starts: starts + row, weights: weights + 3 * row, taps: 3)
        plain.pictures.weighRows(one, count, narrow[row], scratch)
        narrow[row][count] = 0
    }
    for row in 0..<lanes { wide[count * lanes + row] = 0 }
    fast.pictures.writeColors(columns(wide, colors.0, 0), lanes, count, scratch)
    for row in 0..<lanes { plain.pictures.writeColors(columns(narrow[row], colors.1, row), 1, count, scratch) }
    // Sums of bytes that nearly cancel out.
    compare("resize", colors.0, colors.1, 3, lanes * count, tolerance: 5e-4)
}

/// Planes of random bytes.
func bytePlanes(_ count: Int, _ pixels: Int, seed: UInt64) -> UnsafeMutablePointer<MutablePlane> {
    let list = planes(count, pixels, seed: seed)
    var state = seed &* 77
    for index in 0..<count {
        for i in 0..<pixels {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            list[index][i] = Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32))
        }
    }
    return list
}

func blocks(_ list: UnsafeMutablePointer<MutablePlane>) -> UnsafePointer<Int8x4Plane> {
    UnsafeRawPointer(list).assumingMemoryBound(to: Int8x4Plane.self)
}

func mutableInt8x4(_ list: UnsafeMutablePointer<MutablePlane>) -> UnsafePointer<MutableInt8x4Plane> {
    UnsafeRawPointer(list).assumingMemoryBound(to: MutableInt8x4Plane.self)
}

/// Bytes that differ by more than `most`.
func compareBytes(
    _ name: StaticString, _ a: UnsafeMutablePointer<MutablePlane>, _ b: UnsafeMutablePointer<MutablePlane>,
    _ count: Int, _ pixels: Int, most: Int32
) {
    checks += 1
    for index in 0..<count {
        for i in -PlaneGuard.floats..<(pixels + PlaneGuard.floats) {
            let x = a[index][i].bitPattern, y = b[index][i].bitPattern
            for lane in 0..<4 {
                let left = Int32(x >> UInt32(8 * lane) & 0xFF), right = Int32(y >> UInt32(8 * lane) & 0xFF)
                if abs(left - right) > (i >= 0 && i < pixels ? most : 0) {
                    failures += 1
                    print(name, terminator: "")
                    print(": int8x4 block \(index) of \(count), pixel \(i) of \(pixels): \(left) instead of \(right)")
                    return
                }
            }
        }
    }
}

func compareQuantizedConvolutions(_ fast: KernelTable, _ plain: KernelTable) {
    for pixels in [1, 3, 4, 5, 11, 31, 169] {
        for channels in [4, 8, 12, 24] {
            for activation in [Activation.none, .silu, .leakyRelu(slope: 0.1)] {
                let depth = 6 + pixels % 2, filled = (channels + 7) / 8 * 8
                let inputs = bytePlanes(depth, pixels, seed: 1)
                let words = bytePlanes(1, channels * depth, seed: 2)[0]
                // The smallest weight times the smallest signed byte, twice in one sum.
                if pixels > 11 {
                    for i in 0..<(channels * depth) where i % 3 != 0 { words[i] = Float(bitPattern: 0x8080_8080) }
                }
                // As of a depthwise convolution: each of four channels has weights for its own byte.
                if channels == 24 {
                    for i in 0..<(channels * depth) {
                        words[i] = Float(bitPattern: words[i].bitPattern & 0xFF << UInt32(8 * (i / depth % 4)))
                    }
                }
                let weights = UnsafeRawPointer(words).assumingMemoryBound(to: Int8.self)
                let scale = planes(1, filled, seed: 3)[0], lists = planes(5, filled, seed: 4)
                let table = UnsafeRawPointer(bytePlanes(1, 64, seed: 6)[0]).assumingMemoryBound(to: UInt8.self)
                for m in 0..<filled {
                    scale[m] = 0.0005 * (1.2 + scale[m])
                    lists[0][m] = 4
                    lists[1][m] = ByteResult.magic + Float(m % 9)
                    lists[2][m] = ByteResult.magic
                    lists[3][m] = ByteResult.magic + 255
                }
                let answers: UnsafePointer<UInt8>? = channels == 12 ? table : nil
                let results = [planes(channels, pixels, seed: 0), planes(channels, pixels, seed: 0)]
                for (kernels, outputs) in [(fast.quantized, results[0]), (plain.quantized, results[1])] {
                    let bias = UnsafeMutablePointer<Int32>.allocate(capacity: filled)
                    for m in 0..<filled { bias[m] = Int32(m) * 37 - 500 }
                    let size = kernels.packedWords(weights, channels, depth)
                    let packed = UnsafeMutablePointer<UInt32>.allocate(capacity: size)
                    packed.initialize(repeating: 0, count: size)
                    kernels.pack(weights, channels, depth, packed, bias)
                    let ending = ByteResult(
                        activation: activation, factor: lists[0], slope: lists[4], zeroPoint: lists[1], low: lists[2],
                        high: lists[3], table: answers)
                    let convolution = QuantizedConvolution(
                        inputs: blocks(inputs), depth: depth, channels: channels, weights: packed, bias: bias,
                        scale: scale, result: .bytes(mutableInt8x4(outputs), ending))
                    kernels.convolvePixels(convolution, 0, pixels)
                }
                let isExact = activation == .none
                // A table takes neighbours far apart.
                if isExact || answers == nil {
                    compareBytes(
                        "8-bit convolution", results[0], results[1], channels / 4, pixels, most: isExact ? 0 : 1)
                }
            }
        }
    }
}

func compareQuantizedPlanes(_ fast: KernelTable, _ plain: KernelTable) {
    for count in [1, 3, 4, 5, 31, 100] {
        let input = bytePlanes(4, count, seed: 1), reals = planes(4, count, seed: 2, scale: 9)
        let table = UnsafeRawPointer(bytePlanes(1, 64, seed: 6)[0]).assumingMemoryBound(to: UInt8.self)
        let scale = ByteScale(scale: 0.037, zeroPoint: 93)
        let scales = UnsafeMutablePointer<ByteScale>.allocate(capacity: 4)
        let lanes = UnsafeMutablePointer<UInt8>.allocate(capacity: 4)
        for i in 0..<4 {
            scales[i] = scale
            lanes[i] = UInt8(3 - i)
        }
        func both(_ name: StaticString, _ body: (QuantizedKernels, UnsafeMutablePointer<MutablePlane>) -> Void) {
            let results = (planes(1, count, seed: 0), planes(1, count, seed: 0))
            body(fast.quantized, results.0)
            body(plain.quantized, results.1)
            compareBytes(name, results.0, results.1, 1, count, most: 0)
        }
        both("quantize") { $0.quantize(readable(reals), scales, mutableInt8x4($1)[0], 0, count) }
        both("dequantize") { $0.dequantize(blocks(input)[0], 2, scale, $1[0], count) }
        both("lookUp") { $0.lookUp(blocks(input)[0], table, mutableInt8x4($1)[0], count) }
        both("largest") { $0.largest(blocks(input), 4, mutableInt8x4($1)[0], count) }
        both("gather") { $0.gather(blocks(input), lanes, mutableInt8x4($1)[0], count) }
        let addition = QuantizedAddition(scale, ByteScale(scale: 0.05, zeroPoint: 3), scale)
        both("add") { $0.add(blocks(input)[0], blocks(input)[1], addition, mutableInt8x4($1)[0], count) }
    }
}

func compareByteRows(_ fast: KernelTable, _ plain: KernelTable) {
    for (width, count) in [(64, 1), (128, 7), (256, 33)] {
        let rows = UnsafeMutablePointer<Int8>.allocate(capacity: width * count)
        for i in 0..<width * count { rows[i] = Int8(truncatingIfNeeded: i &* 7919 >> 2) }
        let query = planes(1, width, seed: 5)[0]
        let results = (planes(1, count, seed: 0), planes(1, count, seed: 0))
        for (table, sums) in [(fast, results.0[0]), (plain, results.1[0])] {
            let packed = planes(1, width, seed: 0)[0]
            table.byteRows.packQuery(query, width, packed)
            table.byteRows.dot(rows, width, count, packed, sums)
        }
        compare("byte rows", results.0, results.1, 1, count, tolerance: 1e-3)
    }
}

@main enum Differential {
    static func main() {
        let fast = kernelTable(), plain = scalarTable()
        comparePointwise(fast, plain)
        compareWindows(fast, plain)
        compareFlat(fast, plain)
        comparePictures(fast, plain)
        compareQuantizedConvolutions(fast, plain)
        compareQuantizedPlanes(fast, plain)
        compareByteRows(fast, plain)
        print("\(checks) comparisons, \(failures) failures")
        if failures > 0 { fatalError() }
    }
}
