import Base
import CMallocCounter
import FoundationEssentials
import Glibc
import Infer
import Kernels
import Testing

/// One network for inputs of several shapes.
@Suite struct InputShapeTests {
    /// A small network with the parts of detectors: stem, depthwise and 1x1 layers, a pool, an enlarged branch, a flat
    /// output of cells.
    /// - Parameters:
    ///   - sides: height and width in the file; -1 leaves them open.
    ///   - channels: of the widest layer.
    ///   - cells: that the flat output is cut into; -1 counts them.
    private static func network(_ sides: [Int], channels: Int = 24, cells: Int = -1) -> [UInt8] {
        func weights(_ count: Int) -> [Float] { (0..<count).map { Float(($0 &* 37) % 19) / 60 - 0.15 } }
        var builder = ONNXBuilder()
        builder.input("picture", [1, 3] + sides)
        builder.floats("stem", [16, 3, 3, 3], weights(432))
        builder.floats("mix", [channels, 16, 1, 1], weights(channels * 16))
        builder.floats("each", [channels, 1, 3, 3], weights(channels * 9))
        builder.floats("deep", [channels, channels, 1, 1], weights(channels * channels))
        builder.floats("head", [6, 2 * channels, 3, 3], weights(108 * channels))
        builder.floats("scales", [4], [1, 1, 2, 2])
        builder.floats("none", [0], [])
        builder.integers("flat", [1, 6, cells])
        let half: [String: ONNXBuilder.Attribute] = ["strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1])]
        builder.node("Conv", ["picture", "stem"], ["a"], half)
        builder.node("Relu", ["a"], ["b"])
        builder.node("Conv", ["b", "mix"], ["c"])
        builder.node("Sigmoid", ["c"], ["gate"])
        builder.node("Mul", ["c", "gate"], ["d"])
        builder.node("Conv", ["d", "each"], ["small"], ["group": .int(channels)].merging(half) { $1 })
        builder.node("Conv", ["small", "deep"], ["e"])
        builder.node("Resize", ["e", "none", "scales"], ["large"], ["mode": .text("nearest")])
        builder.node("Concat", ["d", "large"], ["both"], ["axis": .int(1)])
        builder.node("Conv", ["both", "head"], ["cells"], ["pads": .ints([1, 1, 1, 1])])
        builder.node("Reshape", ["cells", "flat"], ["columns"])
        builder.node("Transpose", ["columns"], ["result"], ["perm": .ints([0, 2, 1])])
        builder.output("result")
        return builder.file
    }

    private static let shapes = [[1, 3, 32, 32], [1, 3, 24, 48], [1, 3, 48, 16], [1, 3, 40, 20]]

    private func outputs(_ engine: Engine, seed: Int) -> [Float] {
        unsafe engine.withInput(0) { input in
            for index in input.indices { unsafe input[index] = Float((index &+ seed) &* 7919 % 251) / 251 }
        }
        engine.run()
        return unsafe Array(engine.output(0).values)
    }

    @Test(
        "planned for several shapes a network gives for each what it gives planned for that one alone, in any order",
        arguments: KernelTable.available.map(\.name), [[-1, -1], [32, 32]])
    func severalShapes(kernels: String, inFile sides: [Int]) throws {
        let alone = try Self.shapes.map { shape in
            try Fixtures.withFile(Self.network(Array(shape[2...]))) {
                outputs(try Engine.load(path: $0, threads: 1, kernels: "scalar"), seed: 5)
            }
        }
        try Fixtures.withFile(Self.network(sides)) { path in
            let file = try NetworkFile(path: path, threads: 2, kernels: kernels)
            #expect(file.inputSides == [1, 3] + sides.map { $0 < 0 ? nil : $0 })
            let engines = try Self.shapes.map { try file.engine(inputShape: $0, replacesSides: true) }
            for index in [0, 1, 2, 3, 1, 0, 3, 2, 2] {
                let (found, expected) = (outputs(engines[index], seed: 5), alone[index])
                #expect(engines[index].outputs[0].shape == [1, Self.shapes[index][2] * Self.shapes[index][3] / 4, 6])
                let largest = expected.map(\.magnitude).max() ?? 0
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "shape \(index)")
            }
        }
    }

    @Test(
        "another shape does not cost the weights again, nor a second workspace",
        arguments: KernelTable.available.map(\.name))
    func memory(kernels: String) throws {
        // 1.3 MB of weights.
        try Fixtures.withFile(Self.network([-1, -1], channels: 512)) { path in
            let file = try NetworkFile(path: path, threads: 1, kernels: kernels)
            let first = try file.engine(inputShape: [1, 3, 64, 64])
            let (constants, allocated) = (file.constantBytes, CMallocCounter_bytes())
            #expect(constants >= 4 * 512 * (512 + 108))
            let second = try file.engine(inputShape: [1, 3, 48, 80])
            #expect(second.weightBytes == first.weightBytes)
            #expect(file.constantBytes - constants < 4096)
            let more = CMallocCounter_bytes() - allocated
            #expect(more < constants / 4, "\(more) bytes for a second shape")

            // Another plan of the same shape puts everything at the same places of the same workspace.
            let again = try file.engine(inputShape: [1, 3, 48, 80])
            let places = [second, again].map { unsafe $0.withInput(0) { UInt(bitPattern: $0.baseAddress) } }
            #expect(places[0] == places[1], "each has a workspace of its own")
        }
    }

    @Test("constants of a shape that is not used any more are let go")
    func constantsGo() throws {
        try Fixtures.withFile(Self.network([-1, -1])) { path in
            let file = try NetworkFile(path: path, threads: 1)
            for _ in 0..<2 { _ = try file.engine(inputShape: [1, 3, 32, 32]) }
            #expect(file.constantBytes == 0)
        }
    }

    @Test("a file in which something was computed for its own size is told so, with what to do")
    func fixedShape() throws {
        try Fixtures.withFile(Self.network([32, 32], cells: 256)) { path in
            let file = try NetworkFile(path: path, threads: 1)
            let error = #expect(throws: InferError.self) {
                try file.engine(inputShape: [1, 3, 24, 48], replacesSides: true)
            }
            guard case .fixedShape([1, 3, 32, 32], [1, 3, 24, 48], _) = error else {
                Issue.record("\(error?.description ?? "")")
                return
            }
            #expect(error?.description.contains("open height and width") ?? false)
            // And it goes on with its own.
            #expect(try file.engine(inputShape: [1, 3, 32, 32], replacesSides: true).outputs[0].shape == [1, 256, 6])
        }
    }

    @Test(
        "a model file that another one takes the place of is still planned for new shapes, one that is overwritten is not"
    )
    func changedFile() throws {
        let bytes = Self.network([-1, -1])
        try Fixtures.withFile(bytes) { path in
            let file = try NetworkFile(path: path, threads: 1)
            let before = outputs(try file.engine(inputShape: [1, 3, 32, 32]), seed: 1)
            try Data([1, 2, 3]).write(to: URL(filePath: path), options: .atomic)
            #expect(outputs(try file.engine(inputShape: [1, 3, 32, 32]), seed: 1) == before)
        }
        try Fixtures.withFile(bytes) { path in
            let file = try NetworkFile(path: path, threads: 1)
            let engine = try file.engine(inputShape: [1, 3, 32, 32])
            let handle = unsafe try #require(fopen(path, "w"))
            _ = unsafe fclose(handle)
            #expect(throws: InferError.changed(path: path)) { try file.engine(inputShape: [1, 3, 24, 48]) }
            #expect(outputs(engine, seed: 1).count == 256 * 6)
        }
    }
}
