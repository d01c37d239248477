import Base
import FoundationEssentials
import Infer
import Kernels
import Testing

/// Networks that the program has quantized itself.
@Suite struct QuantizerTests {
    private static func path(_ name: String) -> String { "\(Fixtures.package)/Tests/Fixtures/infer/\(name).onnx" }

    private static func fill(_ input: UnsafeMutableBufferPointer<Float>, _ seed: Int) {
        for index in input.indices { unsafe input[index] = Float((index &+ 31 &* seed) &* 7919 % 1009) / 1009 }
    }

    private static func quantized(_ path: String, shape: [Int]? = nil) throws -> [UInt8] {
        let quantizer = try Quantizer(path: path, inputShape: shape, threads: 1)
        for seed in 0..<6 { try unsafe quantizer.observe { unsafe fill($0, seed) } }
        #expect(quantizer.pictures == 6)
        return try quantizer.model()
    }

    private static func outputs(_ path: String, kernels: String = "best", seed: Int) throws -> [[Float]] {
        let engine = try Engine.load(path: path, threads: 2, kernels: kernels)
        unsafe engine.withInput(0) { unsafe fill($0, seed) }
        engine.run()
        return engine.outputs.indices.map { unsafe Array(engine.output($0).values) }
    }

    /// The mean square of the difference over the mean square around the mean.
    private static func loss(_ a: [Float], _ b: [Float]) -> Float {
        let mean = b.reduce(0, +) / Float(b.count)
        let spread = b.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / max(spread, 1e-9)
    }

    @Test(
        "in 8 bits a network says nearly what it says in floats, on every processor",
        arguments: ["tiny_yolox", "tiny_shufflenet", "tiny_half"])
    func accuracy(name: String) throws {
        let path = Self.path(name), floats = try Self.outputs(path, seed: 3)
        let model = try Self.quantized(path)
        try Fixtures.withFile(model) { file in
            for kernels in KernelTable.available.map(\.name) {
                for (ours, theirs) in zip(try Self.outputs(file, kernels: kernels, seed: 3), floats) {
                    #expect(Self.loss(ours, theirs) < 0.02, "\(name) on \(kernels)")
                }
            }
        }
    }

    @Test("convolutions are really summed as bytes: the plan needs far less memory for weights")
    func weights() throws {
        let path = Self.path("tiny_yolox")
        let floats = try Engine.load(path: path, threads: 1)
        try Fixtures.withFile(try Self.quantized(path)) { file in
            let bytes = try Engine.load(path: file, threads: 1, kernels: "scalar")
            #expect(bytes.weightBytes < floats.weightBytes)
            // Floats are mixed before they are enlarged, bytes behind.
            #expect(bytes.gmac >= floats.gmac)
        }
    }

    @Test("pictures of several shapes are seen alike, and the network in 8 bits is right for all of them")
    func shapes() throws {
        let path = Self.path("tiny_yolox")
        let own = try #require(try Engine.load(path: path, threads: 1).inputs.first?.shape)
        let wide = [own[0], own[1], own[2] / 2, own[3] * 2]
        let quantizer = try Quantizer(path: path, threads: 1)
        for seed in 0..<3 {
            try unsafe quantizer.observe { unsafe Self.fill($0, seed) }
            try unsafe quantizer.observe(inputShape: wide) { unsafe Self.fill($0, seed) }
        }
        #expect(quantizer.pictures == 6)
        let floats = try NetworkFile(path: path, threads: 1)
        try Fixtures.withFile(try quantizer.model()) { file in
            let bytes = try NetworkFile(path: file, threads: 1)
            for shape in [own, wide] {
                let engines = try [floats, bytes].map { try $0.engine(inputShape: shape, replacesSides: true) }
                for engine in engines {
                    unsafe engine.withInput(0) { unsafe Self.fill($0, 4) }
                    engine.run()
                }
                for index in engines[0].outputs.indices {
                    let (theirs, ours) = unsafe (
                        Array(engines[0].output(index).values), Array(engines[1].output(index).values)
                    )
                    #expect(Self.loss(ours, theirs) < 0.02, "\(shape)")
                }
            }
        }
    }

    @Test("what cannot be quantized is refused with the reason")
    func refusals() throws {
        func expect(_ builder: ONNXBuilder, _ says: String) throws {
            try Fixtures.withFile(builder.file) { path in
                let error = #expect(throws: InferError.self) { try Quantizer(path: path) }
                #expect(error?.description.contains(says) ?? false, "\(error?.description ?? "")")
            }
        }
        var noConvolution = ONNXBuilder()
        noConvolution.input("image", [1, 2, 4, 4])
        noConvolution.node("Relu", ["image"], ["result"])
        noConvolution.output("result")
        try expect(noConvolution, "no convolution")

        var old = ONNXBuilder()
        old.opset = 10
        old.input("image", [1, 2, 4, 4])
        old.floats("w", [1, 2, 1, 1], [1, 1])
        old.node("Conv", ["image", "w"], ["result"])
        old.output("result")
        try expect(old, "operator set 10")

        let error = #expect(throws: InferError.self) { try Quantizer(path: Self.path("tiny_yolox_int8")) }
        #expect(error?.description.contains("quantized already") ?? false)
    }

    @Test("weights that two convolutions share, a dead channel and a huge bias come out right")
    func awkwardWeights() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 4, 6, 6])
        builder.floats("w", [4, 4, 1, 1], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 1e-9, 0, 0, 0])
        builder.floats("b", [4], [0.25, -0.5, 0, 80])
        builder.node("Conv", ["image", "w", "b"], ["first"])
        builder.node("Relu", ["first"], ["positive"])
        builder.node("Conv", ["positive", "w", "b"], ["second"])
        builder.output("second")
        try Fixtures.withFile(builder.file) { path in
            let floats = try Self.outputs(path, seed: 1)
            try Fixtures.withFile(try Self.quantized(path)) { file in
                for (ours, theirs) in zip(try Self.outputs(file, seed: 1), floats) {
                    #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 0.5 })
                    #expect(Self.loss(ours, theirs) < 1e-3)
                }
            }
        }
    }

    @Test("what older operator sets mean stays: Softmax over everything from an axis on, axes as attributes")
    func olderOperatorSets() throws {
        var builder = ONNXBuilder()
        builder.opset = 11
        builder.input("image", [1, 2, 3, 4])
        builder.floats("w", [2, 2, 1, 1], [1, 0.5, -0.5, 1])
        builder.node("Conv", ["image", "w"], ["conv"])
        builder.node("Softmax", ["conv"], ["shares"], ["axis": .int(2)])
        builder.node("Unsqueeze", ["shares"], ["result"], ["axes": .ints([0])])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let floats = try Self.outputs(path, seed: 1)
            #expect(abs(floats[0].prefix(12).reduce(0, +) - 1) < 1e-5)
            try Fixtures.withFile(try Self.quantized(path)) { file in
                let bytes = try Self.outputs(file, seed: 1)
                #expect(zip(bytes[0], floats[0]).allSatisfy { abs($0 - $1) < 0.003 })
            }
        }
    }

    @Test("many small weights that round to nothing do not shift what comes out")
    func biasCorrection() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 64, 4, 4])
        // A step is 0.01: the small ones vanish, and with them more than half of the result.
        builder.floats("w", [1, 64, 3, 3], [1.27] + [Float](repeating: 0.004, count: 575))
        builder.node("Conv", ["image", "w"], ["result"])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let floats = try Self.outputs(path, seed: 9)[0]
            try Fixtures.withFile(try Self.quantized(path)) { file in
                let bytes = try Self.outputs(file, seed: 9)[0]
                let shift = zip(bytes, floats).reduce(0) { $0 + $1.0 - $1.1 } / Float(floats.count)
                #expect(abs(shift) < 0.02)
            }
        }
    }

    @Test("what small weights do together is not lost: others are rounded so that they make up for it")
    func rounding() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 1, 8, 8])
        // 64 channels say the same, and a sixth of the result is what weights below half a step make of it.
        builder.floats("copies", [64, 1, 1, 1], [Float](repeating: 1, count: 64))
        builder.floats("w", [1, 64, 1, 1], [1.27] + [Float](repeating: 0.004, count: 63))
        builder.node("Conv", ["image", "copies"], ["channels"])
        builder.node("Conv", ["channels", "w"], ["result"])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let floats = try Self.outputs(path, seed: 9)[0]
            try Fixtures.withFile(try Self.quantized(path)) { file in
                let bytes = try Self.outputs(file, seed: 9)[0]
                #expect(Self.loss(bytes, floats) < 0.0005)
            }
        }
    }

    @Test(
        "an activation is a table where its channels use the bytes, and is computed where each varies by few of them",
        arguments: [([0, 0, 0, 0], true), ([-2, 1, 4, 9], false)] as [([Float], Bool)])
    func noisyFunction(offsets: [Float], isTable: Bool) throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 1, 8, 8])
        builder.floats("w", [4, 1, 1, 1], [0.5, -0.4, 0.6, 0.3])
        builder.floats("b", [4], offsets)
        builder.node("Conv", ["image", "w", "b"], ["sums"])
        builder.node("Sigmoid", ["sums"], ["gate"])
        builder.node("Mul", ["sums", "gate"], ["silu"])
        builder.floats("v", [2, 4, 1, 1], [1, 0, 1, 0, 0, 1, 0, 1])
        builder.node("Conv", ["silu", "v"], ["result"])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let floats = try Self.outputs(path, seed: 5)[0], model = try Self.quantized(path)
            #expect(String(decoding: model, as: UTF8.self).contains("sums@quantize") == isTable)
            try Fixtures.withFile(model) { file in
                let bytes = try Self.outputs(file, seed: 5)[0]
                #expect(Self.loss(bytes, floats) < 0.001)
            }
        }
    }

    @Test("scores that an older network turns for Softmax are still shares of one pixel in 8 bits")
    func turnedSoftmax() throws {
        var builder = ONNXBuilder()
        builder.opset = 11
        builder.input("image", [1, 2, 3, 4])
        builder.floats("w", [3, 2, 1, 1], [1, 0.5, -0.5, 1, 0.3, -1])
        builder.node("Conv", ["image", "w"], ["conv"])
        builder.node("Transpose", ["conv"], ["turned"], ["perm": .ints([0, 3, 2, 1])])
        builder.node("Softmax", ["turned"], ["shares"], ["axis": .int(3)])
        builder.node("Transpose", ["shares"], ["result"], ["perm": .ints([0, 3, 2, 1])])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let floats = try Self.outputs(path, seed: 1)
            try Fixtures.withFile(try Self.quantized(path)) { file in
                let bytes = try Self.outputs(file, seed: 1)
                #expect(zip(bytes[0], floats[0]).allSatisfy { abs($0 - $1) < 0.01 })
            }
        }
    }

    @Test(
        "weights that are no numbers stay as they are, and numbers next to nothing have a place",
        arguments: [
            (Float.nan, Float(1)), (1, .infinity), (1e-42, 1e-44),
        ])
    func strangeNumbers(weight: Float, bias: Float) throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 1, 4, 4])
        // Some 1e-42, below what floats hold in full.
        builder.floats("tiny", [1, 1, 1, 1], [Float(bitPattern: 714)])
        builder.floats("w", [1, 1, 1, 1], [weight])
        builder.floats("b", [1], [bias])
        builder.node("Conv", ["image", "tiny"], ["first"])
        builder.node("Conv", ["first", "w", "b"], ["second"])
        builder.output("second")
        try Fixtures.withFile(builder.file) { path in
            try Fixtures.withFile(try Self.quantized(path)) { file in _ = try Self.outputs(file, seed: 1) }
        }
    }

    @Test("a picture of nothing is no reason to fail")
    func nothingSeen() throws {
        let quantizer = try Quantizer(path: Self.path("tiny_yolox"), threads: 1)
        try unsafe quantizer.observe { unsafe $0.update(repeating: .nan) }
        try Fixtures.withFile(try quantizer.model()) { file in _ = try Self.outputs(file, seed: 0) }
    }
}
