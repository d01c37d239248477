import Base
import Infer
import Testing

/// HardSwish and HardSigmoid as exporters write them without the operators.
@Suite struct HardFunctionFusionTests {
    private static let input: [Float] = [-4, -1, 0.5, 2, 3.5, 9]

    private func run(_ nodes: (inout ONNXBuilder) -> Void) throws -> [Float] {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 1, 3])
        builder.floats("w", [2, 2, 1, 1], [1, 0, 0, 1])
        for (name, number) in [("three", 3), ("zero", 0), ("six", 6), ("sixth", Float(1) / 6), ("seven", 7)] {
            builder.floats(name, [], [number])
        }
        builder.node("Conv", ["image", "w"], ["x"])
        builder.node("Add", ["x", "three"], ["sum"])
        builder.node("Clip", ["sum", "zero", "six"], ["cut"])
        nodes(&builder)
        builder.output("result")
        return try Fixtures.outputs(of: builder, Self.input)[0]
    }

    private func isClose(_ got: [Float], _ function: (Float) -> Float) -> Bool {
        zip(got, Self.input.map(function)).allSatisfy { abs($0 - $1) < 1e-5 * (1 + abs($1)) }
    }

    private func hardSigmoid(_ x: Float) -> Float { max(0, min(6, x + 3)) / 6 }

    @Test("each order of its factors gives HardSwish", arguments: ["Div", "Mul"])
    func swish(last: String) throws {
        let sixth = last == "Div" ? "six" : "sixth"
        let behind = try run {
            $0.node("Mul", ["x", "cut"], ["product"])
            $0.node(last, ["product", sixth], ["result"])
        }
        let before = try run {
            $0.node(last, ["cut", sixth], ["gate"])
            $0.node("Mul", ["x", "gate"], ["result"])
        }
        for got in [behind, before] { #expect(isClose(got) { $0 * hardSigmoid($0) }) }
    }

    @Test("the gate alone is HardSigmoid, and what only looks like it is computed as it stands")
    func gate() throws {
        #expect(isClose(try run { $0.node("Div", ["cut", "six"], ["result"]) }, hardSigmoid))
        let seventh = try run {
            $0.node("Mul", ["x", "cut"], ["product"])
            $0.node("Div", ["product", "seven"], ["result"])
        }
        #expect(isClose(seventh) { $0 * hardSigmoid($0) * 6 / 7 })
        let shared = try run {
            $0.node("Mul", ["x", "cut"], ["product"])
            $0.node("Div", ["product", "six"], ["result"])
            $0.output("product")
        }
        #expect(isClose(shared) { 6 * $0 * hardSigmoid($0) })
    }
}
