import Kernels
import Testing

/// Packed weights of one table.
final class Packed {
    let pointer: UnsafeMutablePointer<Float>
    init(_ table: KernelTable, _ weights: GuardedPlanes, _ channels: Int, _ depth: Int) {
        pointer = .allocate(capacity: max(1, table.packedFloats(channels, depth)))
        table.packPointwise(weights.first, channels, depth, pointer)
    }
    deinit { pointer.deallocate() }
}

@Suite struct PointwiseTests {
    struct Case: Sendable {
        var channels = 9
        var depth = 5
        var pixels = 50
        var range: Range<Int>?
        var activation = Activation.none
        var slopes = false
        var initial = false
        var residual = false
    }

    private func run(_ table: KernelTable, _ test: Case) -> GuardedPlanes {
        let inputs = GuardedPlanes.random(test.depth, test.pixels, seed: 1)
        let weights = GuardedPlanes.random(1, test.channels * test.depth, seed: 2)
        let bias = GuardedPlanes.random(1, test.channels, seed: 3)
        let initial = GuardedPlanes.random(test.channels, test.pixels, seed: 4)
        let residual = GuardedPlanes.random(test.channels, test.pixels, seed: 5)
        let slopes = GuardedPlanes.random(1, test.channels, seed: 6)
        let outputs = GuardedPlanes.output(test.channels, test.pixels)
        let packed = Packed(table, weights, test.channels, test.depth)
        let convolution = PointwiseConvolution(
            inputs: inputs.readable, depth: test.depth, outputs: outputs.pointers, channels: test.channels,
            weights: packed.pointer, bias: bias.first, initial: test.initial ? initial.readable : nil,
            activation: test.activation, slopes: test.slopes ? UnsafePointer(slopes.first) : nil,
            residual: test.residual ? residual.readable : nil)
        let range = test.range ?? 0..<test.pixels
        table.convolvePixels(convolution, range.lowerBound, range.upperBound)
        withExtendedLifetime((inputs, bias, initial, residual, slopes, packed)) {}
        return outputs
    }

    private func expectEqual(_ name: String, _ test: Case) throws {
        let table = try #require(KernelTable.named(name))
        let fast = run(table, test), plain = run(.scalar, test)
        #expect(largestError(fast.values, plain.values) <= 4e-7 * Float(test.depth + 8), "\(test)")
        #expect(fast.guardsUntouched, "\(test)")
    }

    @Test("a 1x1 convolution is the same number on every processor, at every plane size", arguments: fastTables)
    func planeSizes(name: String) throws {
        for pixels in awkwardCounts { try expectEqual(name, Case(pixels: pixels)) }
    }

    @Test("odd numbers of channels and of inputs come out whole", arguments: fastTables)
    func channelCounts(name: String) throws {
        for channels in [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 85] {
            for depth in [0, 1, 2, 7, 64] { try expectEqual(name, Case(channels: channels, depth: depth, pixels: 37)) }
        }
    }

    @Test("weights that fit no cache, which are read for many pixels at once, give the same", arguments: fastTables)
    func heavyWeights(name: String) throws {
        for pixels in [1, 33, 49, 100, 300] {
            let test = Case(channels: 131, depth: 1009, pixels: pixels)
            try expectEqual(name, test)
            try expectEqual(
                name,
                Case(
                    channels: 131, depth: 1009, pixels: pixels, range: pixels / 3..<pixels, activation: .silu,
                    initial: true, residual: true))
        }
    }

    @Test("the last pixels of a plane, too few for a vector, are those of all others", arguments: fastTables)
    func leftPixels(name: String) throws {
        for pixels in [5, 9, 10, 17, 18, 19, 20, 49, 50, 100] {
            for (channels, depth) in [(3, 1), (8, 8), (9, 29), (16, 67)] {
                for activation in [Activation.none, .relu, .silu] {
                    try expectEqual(
                        name, Case(channels: channels, depth: depth, pixels: pixels, activation: activation))
                }
                try expectEqual(
                    name, Case(channels: channels, depth: depth, pixels: pixels, initial: true, residual: true))
            }
        }
    }

    @Test("every activation can end a convolution, with and without residuals", arguments: fastTables)
    func activations(name: String) throws {
        for activation in everyActivation {
            for (initial, residual) in [(false, false), (true, false), (false, true), (true, true)] {
                let test = Case(pixels: 53, activation: activation, initial: initial, residual: residual)
                try expectEqual(name, test)
            }
        }
    }

    @Test("a PRelu bends each channel by its own slope, whatever the channels and the pixels", arguments: fastTables)
    func slopes(name: String) throws {
        for channels in [1, 3, 4, 8, 9, 17] {
            for pixels in [1, 15, 16, 48, 53, 100] {
                for (initial, residual) in [(false, false), (true, true)] {
                    try expectEqual(
                        name,
                        Case(
                            channels: channels, pixels: pixels, activation: .leakyRelu(slope: 9), slopes: true,
                            initial: initial, residual: residual))
                }
            }
        }
        let relu = Case(activation: .relu, slopes: true), table = try #require(KernelTable.named(name))
        #expect(run(table, relu).values == run(table, Case(activation: .relu)).values)
    }

    @Test("a thread's range changes only that range", arguments: fastTables)
    func ranges(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for range in [0..<0, 0..<1, 5..<6, 3..<52, 49..<100, 17..<65, 99..<100] {
            let test = Case(pixels: 100, range: range, activation: .silu, initial: true)
            try expectEqual(name, test)
            let outside = run(table, test).values.enumerated().filter { !range.contains($0.offset % 100) }
            #expect(outside.allSatisfy { $0.element == GuardedPlanes.canary })
        }
    }

    @Test("a residual may be added in place", arguments: fastTables)
    func inPlace(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for pixels in [1, 16, 49, 100] {
            var results: [[Float]] = []
            for table in [table, .scalar] {
                let inputs = GuardedPlanes.random(6, pixels, seed: 1),
                    outputs = GuardedPlanes.random(11, pixels, seed: 2)
                let weights = GuardedPlanes.random(1, 66, seed: 3), bias = GuardedPlanes.random(1, 11, seed: 4)
                let packed = Packed(table, weights, 11, 6)
                let convolution = PointwiseConvolution(
                    inputs: inputs.readable, depth: 6, outputs: outputs.pointers, channels: 11, weights: packed.pointer,
                    bias: bias.first, initial: outputs.readable, activation: .relu)
                table.convolvePixels(convolution, 0, pixels)
                results.append(outputs.values)
                withExtendedLifetime((inputs, bias, packed)) {}
            }
            #expect(largestError(results[0], results[1]) < 1e-5)
        }
    }
}
