import Base
import FoundationEssentials
import Glibc
import Infer
import Testing

@Suite struct EngineTests {
    private let tiny = "\(Fixtures.package)/Tests/Fixtures/infer/tiny_yolox.onnx"

    private func fill(_ engine: Engine) {
        unsafe engine.withInput(0) { input in
            for index in input.indices { unsafe input[index] = Float(index % 17) / 17 }
        }
    }

    @Test("a model file that is replaced or cut while the engine runs changes nothing")
    func fileIsLetGo() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: tiny)))
        try Fixtures.withFile(bytes) { path in
            let engine = try Engine.load(path: path, threads: 1)
            fill(engine)
            engine.run()
            let before = unsafe Array(engine.output(0).values)
            // Cut in place: what is still mapped would now end the process.
            let handle = unsafe try #require(fopen(path, "w"))
            _ = unsafe fclose(handle)
            engine.run()
            #expect(unsafe Array(engine.output(0).values) == before)
        }
    }

    @Test("bench can say what was multiplied, how long each operator took and how much memory there is")
    func numbers() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 3, 5])
        builder.floats("w", [4, 2, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8])
        builder.node("Conv", ["image", "w"], ["conv"], name: "mix")
        builder.node("MaxPool", ["conv"], ["result"], ["kernel_shape": .ints([3, 3])], name: "pool")
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            #expect(engine.gmac == 4 * 2 * 15 / 1e9)
            #expect(engine.outputs.map(\.name) == ["result"] && engine.outputs.map(\.shape) == [[1, 4, 1, 3]])
            let profile = engine.profile(runs: 3)
            #expect(profile.map(\.type) == ["Conv", "MaxPool"])
            #expect(profile.map(\.title) == ["mix", "pool"])
            #expect(profile[0].gigaflopsPerSecond > 0 && profile[1].gigaflopsPerSecond == 0)
            #expect(engine.weightBytes >= 8 * 4 && engine.workspaceBytes >= (2 * 15 + 4 * 15 + 4 * 3) * 4)
        }
    }

    @Test("layers share memory: the workspace is smaller than all tensors together")
    func workspaceIsShared() throws {
        var builder = ONNXBuilder()
        builder.input("t0", [1, 1, 64, 64])
        for layer in 0..<20 { builder.node("Tanh", ["t\(layer)"], ["t\(layer + 1)"]) }
        builder.output("t20")
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            // The input and the output stay; in between two are enough.
            #expect(engine.workspaceBytes <= 4 * 64 * 64 * 4)
        }
    }

    @Test("two engines in one process do not disturb each other")
    func twoEngines() throws {
        let (one, other) = (try Engine.load(path: tiny, threads: 2), try Engine.load(path: tiny, threads: 1))
        fill(one)
        one.run()
        other.run()
        one.run()
        fill(other)
        other.run()
        let (a, b) = (unsafe Array(one.output(0).values), unsafe Array(other.output(0).values))
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 })
    }
}
