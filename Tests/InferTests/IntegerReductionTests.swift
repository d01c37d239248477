import Base
import Infer
import Testing

/// Exports work sides and counts out with integers before they cut or stretch anything.
@Suite("Reductions of known integers") struct IntegerReductionTests {
    @Test(
        "least, largest, sum and product over an axis, and over all",
        arguments: [
            ("ReduceMin", [2, 1, -4], -4), ("ReduceMax", [3, 7, 5], 7), ("ReduceSum", [5, 8, 1], 14),
            ("ReduceProd", [6, 7, -20], -840),
        ])
    func reductions(type: String, alongFirst: [Float], all: Float) throws {
        var builder = ONNXBuilder()
        builder.opset = 18
        builder.input("image", [3])
        builder.output("columns")
        builder.output("one")
        builder.tensor("list", [2, 3], type: 7, raw: [3, 1, 5, 2, 7, -4].flatMap { Wire.little(Int64($0)) })
        builder.integers("first", [0])
        builder.node(type, ["list", "first"], ["reduced"], ["keepdims": .int(0)])
        builder.node("Cast", ["reduced"], ["numbers"], ["to": .int(1)])
        builder.node("Add", ["numbers", "image"], ["columns"])
        builder.node(type, ["list"], ["whole"], ["keepdims": .int(0)])
        builder.node("Cast", ["whole"], ["one"], ["to": .int(1)])
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { unsafe $0.update(repeating: 0) }
            engine.run()
            #expect(unsafe Array(engine.output(0).values) == alongFirst)
            #expect(unsafe Array(engine.output(1).values) == [all])
            #expect(engine.outputs[1].shape == [])
        }
    }
}
