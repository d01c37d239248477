import Kernels
import Testing

extension GuardedPlanes {
    static func randomInt8x4(_ count: Int, _ pixels: Int, seed: UInt64) -> GuardedPlanes {
        let planes = GuardedPlanes.random(count, pixels, seed: seed)
        var generator = SplitMix(state: seed)
        for index in 0..<count {
            for i in 0..<pixels { planes.pointers[index][i] = Float(bitPattern: generator.nextWord()) }
        }
        return planes
    }

    /// Bytes below 128 become 0 and the others 255.
    func saturateBytes() {
        for index in 0..<count {
            for i in 0..<pixels {
                let high = pointers[index][i].bitPattern >> 7 & 0x0101_0101
                pointers[index][i] = Float(bitPattern: high * 255)
            }
        }
    }

    var int8x4: UnsafePointer<Int8x4Plane> { UnsafeRawPointer(pointers).assumingMemoryBound(to: Int8x4Plane.self) }
    var mutableInt8x4: UnsafePointer<MutableInt8x4Plane> {
        UnsafeRawPointer(pointers).assumingMemoryBound(to: MutableInt8x4Plane.self)
    }
    var words: [UInt32] { values.map(\.bitPattern) }
}

extension SplitMix {
    mutating func nextWord() -> UInt32 {
        var word: UInt32 = 0
        for _ in 0..<4 { word = word << 8 | UInt32(Int32(next() * 128) + 128) }
        return word
    }
}

/// A list at one address.
private final class Fixed<Element> {
    let start: UnsafeMutablePointer<Element>
    init(_ list: [Element]) {
        start = .allocate(capacity: max(1, list.count))
        for (index, element) in list.enumerated() { (start + index).initialize(to: element) }
    }
    deinit { start.deallocate() }
}

private func bytes(_ word: UInt32) -> [Int] { (0..<4).map { Int(word >> (8 * $0) & 0xFF) } }

@Suite struct QuantizedConvolutionTests {
    struct Case: Sendable {
        var channels = 12
        var depth = 5
        var pixels = 50
        var range: Range<Int>?
        var scale: Float = 0.002
        var zeroPoint: Float = 11
        var low: Float = 0
        var high: Float = 255
        var table = false
        var activation = Activation.none
        /// Channels beyond those that exist as floats.
        var absent = 0
        /// Instead of weights of all sizes these, in turn, and bytes of 0 and 255 only.
        var extremes: [Int8] = []
    }

    enum Output: Sendable { case bytes, floats }

    private func run(_ name: String, _ test: Case, _ output: Output) throws -> GuardedPlanes {
        let table = try #require(KernelTable.named(name)).quantized
        let inputs = GuardedPlanes.randomInt8x4(test.depth, test.pixels, seed: 1)
        var generator = SplitMix(state: 2)
        var weights = (0..<4 * test.channels * test.depth).map { _ in Int8(generator.next() * 127.9) }
        if !test.extremes.isEmpty {
            for index in weights.indices { weights[index] = test.extremes[index % test.extremes.count] }
            inputs.saturateBytes()
        }
        let filled = (test.channels + 7) / 8 * 8
        let bias = (0..<filled).map { _ in Int32(generator.next() * 9000) }
        let scale = (0..<filled).map { _ in test.scale * (1.1 + generator.next()) }
        let lookUp = (0..<256).map { UInt8(truncatingIfNeeded: 7 &* $0 &+ 3) }
        let outputs = GuardedPlanes.output(output == .bytes ? test.channels / 4 : test.channels, test.pixels)
        let packed = [UInt32](repeating: 0, count: table.packedWords(weights, test.channels, test.depth))
        let lists = GuardedPlanes.output(5, filled)
        for m in 0..<filled {
            lists.pointers[0][m] = 3 + Float(m % 5)
            lists.pointers[1][m] = ByteResult.magic + test.zeroPoint + Float(m % 3)
            lists.pointers[2][m] = ByteResult.magic + test.low
            lists.pointers[3][m] = ByteResult.magic + test.high
            lists.pointers[4][m] = Float(m % 7) / 4 - 0.6
        }
        let fixed = (weights: Fixed(weights), packed: Fixed(packed), bias: Fixed(bias))
        let factors = Fixed(scale), answers = Fixed(lookUp)
        table.pack(fixed.weights.start, test.channels, test.depth, fixed.packed.start, fixed.bias.start)
        let ending = ByteResult(
            activation: test.activation, factor: lists.readable[0], slope: lists.readable[4],
            zeroPoint: lists.readable[1], low: lists.readable[2], high: lists.readable[3],
            table: test.table ? UnsafePointer(answers.start) : nil)
        let result: QuantizedConvolution.Result =
            output == .bytes
            ? .bytes(outputs.mutableInt8x4, ending)
            : .floats(UnsafePointer(outputs.pointers), count: test.channels - test.absent, low: -5, high: 9)
        let convolution = QuantizedConvolution(
            inputs: inputs.int8x4, depth: test.depth, channels: test.channels, weights: fixed.packed.start,
            bias: fixed.bias.start, scale: factors.start, result: result)
        let range = test.range ?? 0..<test.pixels
        table.convolvePixels(convolution, range.lowerBound, range.upperBound)
        withExtendedLifetime((lists, fixed, factors, answers)) {}
        withExtendedLifetime(inputs) {}
        return outputs
    }

    /// The baseline of x86-64 has no fused multiply-add, and activations are only near to each other: what lies half-way
    /// between two bytes may go either way.
    private func expectEqual(_ name: String, _ test: Case) throws {
        let fast = try run(name, test, .bytes), plain = try run("scalar", test, .bytes)
        if test.activation != .none || name == "x86-64" && !test.table {
            let apart = zip(fast.words, plain.words).filter { $0 != $1 }
            #expect(apart.allSatisfy { zip(bytes($0), bytes($1)).allSatisfy { abs($0 - $1) <= 1 } }, "\(test)")
            #expect(apart.count <= 1 + fast.words.count / 100, "\(test)")
        } else if name != "x86-64" {
            #expect(fast.words == plain.words, "\(test)")
        }
        #expect(fast.guardsUntouched, "\(test)")
        let real = try run(name, test, .floats), plainReal = try run("scalar", test, .floats)
        #expect(real.values == plainReal.values, "\(test)")
        #expect(real.guardsUntouched, "\(test)")
    }

    @Test("an 8-bit convolution is the same byte on every processor, at every plane size", arguments: fastTables)
    func planeSizes(name: String) throws {
        for pixels in awkwardCounts where pixels > 0 {
            try expectEqual(name, Case(pixels: pixels))
            try expectEqual(name, Case(pixels: pixels, table: true))
        }
    }

    @Test("every number of channels and inputs comes out whole, saturated where it must", arguments: fastTables)
    func channelCounts(name: String) throws {
        for channels in [4, 8, 12, 16, 20, 88] {
            for depth in [1, 2, 7, 64] {
                for scale in [Float(1e-5), 0.0007, 0.3, 1e6] {
                    try expectEqual(name, Case(channels: channels, depth: depth, pixels: 37, scale: scale))
                }
            }
        }
    }

    @Test("the largest weights times the brightest bytes are summed without overflow", arguments: fastTables)
    func extremes(name: String) throws {
        let weights: [[Int8]] = [
            [127], [-128], [127, -128], [127, 127, -128, -128], [-128, 0, 1], [64, 64, 65, -65, -1],
        ]
        for extremes in weights {
            for depth in [1, 2, 3, 8, 33] {
                for scale in [Float(1e-6), 2e-5] {
                    try expectEqual(name, Case(channels: 8, depth: depth, pixels: 37, scale: scale, extremes: extremes))
                }
            }
        }
    }

    @Test("a ReLU is a lower bound on the bytes", arguments: fastTables)
    func bounds(name: String) throws {
        try expectEqual(name, Case(zeroPoint: 128, low: 128))
        try expectEqual(name, Case(zeroPoint: 3, low: 3, high: 90))
    }

    @Test("channels that only fill up the last four are not written", arguments: fastTables)
    func absentChannels(name: String) throws {
        for absent in 1...3 { try expectEqual(name, Case(channels: 4, absent: absent)) }
        try expectEqual(name, Case(channels: 88, absent: 3))
    }

    @Test("every activation can come before the bytes", arguments: fastTables)
    func activations(name: String) throws {
        for activation in everyActivation where activation.kind != .clamp {
            try expectEqual(name, Case(pixels: 169, scale: 0.0007, zeroPoint: 30, activation: activation))
        }
    }

    @Test("a thread's range changes only that range", arguments: fastTables)
    func ranges(name: String) throws {
        for range in [0..<0, 0..<1, 5..<6, 3..<52, 49..<100, 17..<65, 99..<100] {
            let test = Case(pixels: 100, range: range)
            try expectEqual(name, test)
            let outside = try run(name, test, .bytes).values.enumerated().filter { !range.contains($0.offset % 100) }
            #expect(outside.allSatisfy { $0.element == GuardedPlanes.canary })
        }
    }
}

@Suite struct QuantizedPlaneTests {
    private func both(
        _ name: String, _ count: Int, blocks: Bool = true, _ body: (QuantizedKernels, GuardedPlanes) -> Void
    ) throws {
        let fast = GuardedPlanes.output(1, count), plain = GuardedPlanes.output(1, count)
        body(try #require(KernelTable.named(name)).quantized, fast)
        body(KernelTable.scalar.quantized, plain)
        #expect(blocks ? fast.words == plain.words : fast.values == plain.values, "\(count) pixels")
        #expect(fast.guardsUntouched, "\(count) pixels")
    }

    @Test("numbers become bytes and come back, whatever the number", arguments: fastTables)
    func quantizing(name: String) throws {
        let scale = ByteScale(scale: 0.037, zeroPoint: 93)
        let scales = [scale, ByteScale(scale: 0.5, zeroPoint: 0), scale, ByteScale(scale: 1e-6, zeroPoint: 255)]
        for count in awkwardCounts {
            let planes = GuardedPlanes.random(4, count, seed: 3, scale: 9)
            let odd: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 0.0185, -0.0, 1e-40]
            for i in 0..<min(count, odd.count) { planes.pointers[i % 4][i] = odd[i] }
            try both(name, count) { table, to in
                table.quantize(planes.readable, scales, to.mutableInt8x4[0], 0, count)
            }
            let blocks = GuardedPlanes.randomInt8x4(1, count, seed: 4)
            for channel in 0..<4 {
                try both(name, count, blocks: false) { table, to in
                    table.dequantize(blocks.int8x4[0], channel, scale, to.first, count)
                }
            }
        }
    }

    @Test("bytes are looked up, added, compared and rearranged as their plain twins do", arguments: fastTables)
    func flat(name: String) throws {
        let scales = [(0.02, 3), (0.05, 128), (0.04, 40)].map { ByteScale(scale: $0.0, zeroPoint: $0.1) }
        let table = (0..<256).map { UInt8(truncatingIfNeeded: 131 &* $0 &+ 7) }
        let picked: [UInt8] = [3, 0, 2, 2]
        for count in awkwardCounts {
            let blocks = GuardedPlanes.randomInt8x4(4, count, seed: 5)
            try both(name, count) { kernels, to in
                kernels.lookUp(blocks.int8x4[0], table, to.mutableInt8x4[0], count)
            }
            try both(name, count) { kernels, to in
                let addition = QuantizedAddition(scales[0], scales[1], scales[2], low: 40)
                kernels.add(blocks.int8x4[0], blocks.int8x4[1], addition, to.mutableInt8x4[0], count)
            }
            try both(name, count) { kernels, to in kernels.largest(blocks.int8x4, 4, to.mutableInt8x4[0], count) }
            try both(name, count) { kernels, to in kernels.gather(blocks.int8x4, picked, to.mutableInt8x4[0], count) }
        }
    }
}
