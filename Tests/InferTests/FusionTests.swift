import Base
import Infer
import Testing

/// What fusion must not change: graphs that look like the usual patterns and are not.
@Suite struct FusionTests {
    private func results(_ builder: ONNXBuilder, _ input: [Float], inputShape: [Int]? = nil) throws -> [[Float]] {
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, inputShape: inputShape, threads: 1)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: input) }
            engine.run()
            return engine.outputs.indices.map { unsafe Array(engine.output($0).values) }
        }
    }

    /// A 1x1 convolution of two channels that doubles the first and halves the second.
    private func doubling() -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 1, 2])
        builder.floats("w", [2, 2, 1, 1], [2, 0, 0, 0.5])
        builder.node("Conv", ["image", "w"], ["conv"])
        return builder
    }

    @Test("an activation whose input somebody else reads too leaves that input as it was")
    func sharedInput() throws {
        var builder = doubling()
        builder.node("Relu", ["conv"], ["positive"])
        builder.output("positive")
        builder.output("conv")
        #expect(try results(builder, [-1, 1, -2, 2]) == [[0, 2, 0, 1], [-2, 2, -1, 1]])
    }

    @Test("an addition that repeats the smaller tensor is taken apart again")
    func broadcastAddition() throws {
        var builder = doubling()
        builder.node("GlobalAveragePool", ["image"], ["mean"])
        builder.node("Add", ["conv", "mean"], ["sum"])
        builder.node("Relu", ["sum"], ["result"])
        builder.output("result")
        #expect(try results(builder, [-1, 3, -2, 4]) == [[0, 7, 0, 3]])
    }

    @Test("a shortcut after the activation and one before it are told apart")
    func shortcuts() throws {
        var after = doubling()
        after.node("Relu", ["conv"], ["positive"])
        after.node("Add", ["positive", "image"], ["result"])
        after.output("result")
        #expect(try results(after, [-1, 1, -2, 2]) == [[-1, 3, -2, 3]])
        var before = doubling()
        before.node("Add", ["image", "conv"], ["sum"])
        before.node("Relu", ["sum"], ["result"])
        before.output("result")
        #expect(try results(before, [-1, 1, -2, 2]) == [[0, 3, 0, 3]])
    }

    @Test("a tensor that is multiplied with the sigmoid of another one is no SiLU")
    func gateOfAnother() throws {
        var builder = doubling()
        builder.node("Sigmoid", ["image"], ["gate"])
        builder.node("Mul", ["conv", "gate"], ["result"])
        builder.output("result")
        let got = try results(builder, [0, 0, 2, 2])[0]
        #expect(got[0] == 0 && abs(got[2] - 0.880797) < 1e-5)
    }

    @Test("an output that is only another view of the input is copied out")
    func viewAsOutput() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 1, 2])
        builder.integers("shape", [4])
        builder.node("Reshape", ["image", "shape"], ["flat"])
        builder.node("Transpose", ["image"], ["turned"], ["perm": .ints([1, 0, 2, 3])])
        builder.output("flat")
        builder.output("turned")
        #expect(try results(builder, [1, 2, 3, 4]) == [[1, 2, 3, 4], [1, 2, 3, 4]])
    }

    @Test("a constant output is there after every run")
    func constantOutput() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 1, 2])
        builder.floats("c", [2], [5, 6])
        builder.node("Add", ["c", "c"], ["result"])
        builder.output("result")
        #expect(try results(builder, [1, 2, 3, 4]) == [[10, 12]])
    }

    @Test("threads: zero leaves one core to the cameras, more than 64 are not used")
    func threadBudget() {
        #expect(ThreadBudget(asked: 3).threads == 3)
        #expect(ThreadBudget(asked: 1000).threads == 64)
        #expect(ThreadBudget(asked: 0).threads >= 1)
    }
}
