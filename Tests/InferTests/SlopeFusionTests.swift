import Base
import Infer
import Kernels
import Testing

/// PRelu behind a convolution is done as part of it. The same graph whose convolution is an output as well stays as it is
/// written: that one is the truth.
@Suite struct SlopeFusionTests {
    /// A Conv and what is behind it.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var inputs = 6
        var outputs = 6
        var kernel = 1
        var stride = 1
        var groups = 1
        var batch = 1
        /// Of the slopes.
        var shape = [6, 1, 1]
        var hasAddition = false
        /// Whether PRelu vanishes from the plan.
        var isFused = true

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "1x1"), Case(name: "3x3", kernel: 3), Case(name: "3x3 by two", kernel: 3, stride: 2),
        Case(name: "depthwise 3x3", kernel: 3, groups: 6), Case(name: "depthwise 5x5", kernel: 5, stride: 2, groups: 6),
        Case(name: "depthwise 7x7", kernel: 7, groups: 6), Case(name: "two groups", groups: 2),
        Case(name: "two groups of 3x3", kernel: 3, groups: 2), Case(name: "two pictures", batch: 2),
        Case(name: "two pictures, depthwise", kernel: 3, groups: 6, batch: 2),
        Case(name: "with the batch's side", shape: [1, 6, 1, 1]), Case(name: "one slope", shape: [1]),
        Case(name: "one slope, depthwise", kernel: 3, groups: 6, shape: [1, 1, 1]),
        Case(name: "behind an addition", hasAddition: true),
        Case(name: "behind an addition, 3x3", kernel: 3, hasAddition: true),
        Case(name: "a slope for each column", shape: [5], isFused: false),
        Case(name: "a slope for each pixel", shape: [6, 5, 5], isFused: false),
        Case(name: "a slope for each column behind an addition", shape: [5], hasAddition: true, isFused: false),
    ]

    private static func numbers(_ count: Int, _ seed: Int) -> [Float] {
        (0..<count).map { Float(($0 &+ 31 &* seed) &* 7919 % 1009) / 504 - 1 }
    }

    private static func builder(_ test: Case, isWhole: Bool) -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.input("image", [test.batch, test.inputs, 5, 5])
        let area = test.kernel * test.kernel, each = test.inputs / test.groups * area
        builder.floats(
            "w", [test.outputs, test.inputs / test.groups, test.kernel, test.kernel], numbers(test.outputs * each, 1))
        builder.floats("b", [test.outputs], numbers(test.outputs, 2))
        builder.floats("slopes", test.shape, numbers(test.shape.reduce(1, *), 3))
        let pad = test.kernel / 2
        builder.node(
            "Conv", ["image", "w", "b"], ["conv"],
            [
                "group": .int(test.groups), "strides": .ints([test.stride, test.stride]),
                "pads": .ints([pad, pad, pad, pad]),
            ])
        if test.hasAddition { builder.node("Add", ["conv", "image"], ["sum"]) }
        builder.node("PRelu", [test.hasAddition ? "sum" : "conv", "slopes"], ["result"])
        builder.output("result")
        if isWhole { builder.output("conv") }
        return builder
    }

    /// The first output, and the operators of the plan.
    private static func run(_ file: [UInt8], _ kernels: String) throws -> (values: [Float], operators: Set<String>) {
        try Fixtures.withFile(file) { path in
            let engine = try Engine.load(path: path, threads: 1, kernels: kernels)
            unsafe engine.withInput(0) { input in
                let values = numbers(input.count, 4)
                _ = unsafe input.update(from: values)
            }
            engine.run()
            return (unsafe Array(engine.output(0).values), Set(engine.profile(runs: 1).map(\.type)))
        }
    }

    @Test("a PRelu that is done with its convolution gives the same numbers, on every processor", arguments: cases)
    func sameNumbers(test: Case) throws {
        for kernels in KernelTable.available.map(\.name) {
            let fused = try Self.run(Self.builder(test, isWhole: false).file, kernels)
            let whole = try Self.run(Self.builder(test, isWhole: true).file, kernels)
            #expect(whole.operators.contains("PRelu"))
            #expect(fused.operators.contains("Conv") && !fused.operators.contains("PRelu"))
            #expect(fused.values.count == whole.values.count && !fused.values.isEmpty)
            let apart = zip(fused.values, whole.values).map { abs($0 - $1) }.max() ?? 0
            #expect(apart < 1e-5, "\(test.name) on \(kernels)")
        }
    }

    @Test("slopes that differ within a channel are not taken for slopes of channels")
    func takenApart() throws {
        for test in Self.cases where !test.isFused {
            let fused = try Self.run(Self.builder(test, isWhole: false).file, "best")
            let scalar = try Self.run(Self.builder(test, isWhole: true).file, "scalar")
            #expect(zip(fused.values, scalar.values).allSatisfy { abs($0 - $1) < 1e-5 }, "\(test.name)")
        }
    }

    /// Bytes in, weights of 8 bits, a PRelu before the bytes that come out.
    private static func quantized(_ test: Case, isWhole: Bool, endsInBytes: Bool) -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.input("image", [1, test.inputs, 5, 5])
        builder.floats("scale", [], [0.01])
        builder.tensor("zero", [], type: 2, raw: [103])
        let area = test.kernel * test.kernel, count = test.outputs * (test.inputs / test.groups) * area
        builder.tensor(
            "w8", [test.outputs, test.inputs / test.groups, test.kernel, test.kernel], type: 3,
            raw: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7919 % 255 - 127) })
        builder.floats("w scale", [test.outputs], (0..<test.outputs).map { 0.002 + 0.001 * Float($0) })
        builder.tensor("w zero", [test.outputs], type: 3, raw: [UInt8](repeating: 0, count: test.outputs))
        builder.floats("slopes", test.shape, numbers(test.shape.reduce(1, *), 3))
        builder.floats("end scale", [], [0.03])
        builder.node("QuantizeLinear", ["image", "scale", "zero"], ["bytes"])
        builder.node("DequantizeLinear", ["bytes", "scale", "zero"], ["real"])
        builder.node("DequantizeLinear", ["w8", "w scale", "w zero"], ["w"], ["axis": .int(0)])
        let pad = test.kernel / 2
        builder.node(
            "Conv", ["real", "w"], ["conv"],
            [
                "group": .int(test.groups), "strides": .ints([test.stride, test.stride]),
                "pads": .ints([pad, pad, pad, pad]),
            ])
        builder.node("PRelu", ["conv", "slopes"], [endsInBytes ? "bent" : "result"])
        if endsInBytes {
            builder.node("QuantizeLinear", ["bent", "end scale", "zero"], ["end bytes"])
            builder.node("DequantizeLinear", ["end bytes", "end scale", "zero"], ["result"])
        }
        builder.output("result")
        if isWhole { builder.output("conv") }
        return builder
    }

    @Test(
        "in 8 bits, too, a PRelu between a convolution and the bytes is done with it, channel by channel",
        arguments: [
            Case(name: "1x1"), Case(name: "3x3", kernel: 3), Case(name: "one slope", shape: [1]),
            Case(name: "depthwise 3x3", kernel: 3, groups: 6),
            Case(name: "depthwise 3x3 by two", kernel: 3, stride: 2, groups: 6),
            Case(name: "a slope for each pixel", shape: [6, 5, 5]),
        ])
    func bytes(test: Case) throws {
        for kernels in KernelTable.available.map(\.name) {
            for endsInBytes in [true, false] {
                let fused = try Self.run(
                    Self.quantized(test, isWhole: false, endsInBytes: endsInBytes).file, kernels)
                let whole = try Self.run(Self.quantized(test, isWhole: true, endsInBytes: endsInBytes).file, kernels)
                let apart = zip(fused.values, whole.values).map { abs($0 - $1) }
                // What lies half-way between two bytes may go either way.
                let most: Float = endsInBytes ? 0.0301 : 1e-4
                #expect(apart.allSatisfy { $0 < most }, "\(test.name) on \(kernels)")
                #expect(apart.count { $0 > 1e-4 } <= 2, "\(test.name) on \(kernels)")
            }
        }
    }

    @Test("a tensor that repeats along a channel is added, taken off and multiplied as the plain loop does it")
    func repeatedNumbers() throws {
        for type in ["Add", "Sub", "Mul", "Div", "PRelu"] {
            var builder = ONNXBuilder()
            builder.input("image", [2, 3, 4, 5])
            builder.floats("c", [3, 1, 1], [0.5, -2, 3])
            builder.node(type, ["image", "c"], ["result"])
            builder.output("result")
            let results = try ["best", "scalar"].map { try Self.run(builder.file, $0).values }
            let input = Self.numbers(120, 4)
            for (index, x) in input.enumerated() {
                let c: Float = [0.5, -2, 3][index / 20 % 3]
                let truth =
                    switch type {
                    case "Add": x + c
                    case "Sub": x - c
                    case "Mul": x * c
                    case "Div": x / c
                    default: x < 0 ? x * c : x
                    }
                #expect(results.allSatisfy { abs($0[index] - truth) < 1e-6 }, "\(type)")
            }
        }
    }

    @Test("a pool over the whole picture is the mean of it, however it is written")
    func wholePool() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 3, 4, 5])
        builder.node("AveragePool", ["image"], ["result"], ["kernel_shape": .ints([4, 5])])
        builder.output("result")
        let result = try Self.run(builder.file, "best").values, input = Self.numbers(60, 4)
        #expect(result.count == 3)
        for channel in result.indices {
            let mean = input[channel * 20..<(channel + 1) * 20].reduce(0, +) / 20
            #expect(abs(result[channel] - mean) < 1e-6)
        }
    }
}
