import Base
import Infer
import Testing

/// Weights that are stored in fewer bits make a smaller file, and nothing else.
@Suite struct HalfPrecisionTests {
    private func load(_ name: String) throws -> Engine {
        try Engine.load(path: "\(Fixtures.package)/Tests/Fixtures/infer/\(name).onnx", threads: 1)
    }

    @Test("weights stored in half precision cost no step and no memory: the network runs as if they were floats")
    func costsNothing() throws {
        let (half, whole) = (try load("tiny_half"), try load("tiny_shufflenet"))
        #expect(half.profile(runs: 1).map(\.type) == whole.profile(runs: 1).map(\.type))
        #expect(!half.profile(runs: 1).contains { $0.type == "Cast" || $0.type == "BatchNormalization" })
        #expect(half.weightBytes == whole.weightBytes && half.workspaceBytes == whole.workspaceBytes)
        #expect(half.gmac == whole.gmac)
    }

    /// What a network says whose one output is a cast of `input`.
    private func cast(_ input: [Float], _ types: [Int]) throws -> [Float] {
        var builder = ONNXBuilder()
        builder.input("t0", [input.count])
        for (index, type) in types.enumerated() {
            builder.node("Cast", ["t\(index)"], ["t\(index + 1)"], ["to": .int(type)])
        }
        builder.output("t\(types.count)")
        return try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: input) }
            engine.run()
            return unsafe Array(engine.output(0).values)
        }
    }

    @Test("a cast to half precision loses the digits that half precision loses, also while the network runs")
    func roundsWhileRunning() throws {
        #expect(try cast([1, 0.1, 70_000, -2049], [10, 1]) == [1, 0.099_975_586, .infinity, -2048])
        #expect(try cast([1, 0.1, 70_000, -2049], [11, 1]) == [1, 0.1, 70_000, -2049])
    }

    @Test("doubles are read as floats, packed or raw", arguments: [true, false])
    func doubles(isRaw: Bool) throws {
        let numbers = [0.1, -3.5, 1e-3]
        let raw = numbers.flatMap { Wire.little($0.bitPattern) }
        var builder = ONNXBuilder()
        builder.input("image", [3])
        builder.tensor("c", [3], type: 11, data: isRaw ? Wire.bytes(9, raw) : Wire.bytes(10, raw))
        builder.node("Cast", ["c"], ["f"], ["to": .int(1)])
        builder.node("Add", ["image", "f"], ["result"])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: [0, 0, 0]) }
            engine.run()
            #expect(unsafe Array(engine.output(0).values) == numbers.map { Float($0) })
        }
    }

    @Test("a tensor of doubles that is cut short is refused")
    func shortDoubles() throws {
        var builder = ONNXBuilder()
        builder.input("image", [3])
        builder.tensor("c", [3], type: 11, data: Wire.bytes(10, [UInt8](repeating: 0, count: 20)))
        builder.node("Add", ["image", "c"], ["result"])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            _ = #expect(throws: InferError.self) { try Engine.load(path: path, threads: 1) }
        }
    }

    @Test("an integer that does not fit its new type loses its high bits, as in C")
    func wraps() throws {
        var builder = ONNXBuilder()
        builder.input("image", [3])
        builder.integers("c", [300, -1, 128])
        builder.node("Cast", ["c"], ["bytes"], ["to": .int(3)])
        builder.node("Cast", ["bytes"], ["f"], ["to": .int(1)])
        builder.node("Add", ["image", "f"], ["result"])
        builder.output("result")
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: [0, 0, 0]) }
            engine.run()
            #expect(unsafe Array(engine.output(0).values) == [44, -1, -128])
        }
    }
}
