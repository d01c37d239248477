import Base
import Glibc
import Infer
import Testing

/// GELU as exporters write it without the operator: five nodes, in several orders.
@Suite struct GeluFusionTests {
    private static let input: [Float] = [-3, -0.5, 0.25, 4]

    private func run(_ nodes: (inout ONNXBuilder) -> Void) throws -> [Float] {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 1, 2])
        builder.floats("w", [2, 2, 1, 1], [1, 0, 0, 1])
        builder.floats("root", [], [1.4142135])
        builder.floats("inverse", [], [0.70710677])
        builder.floats("one", [], [1])
        builder.floats("half", [], [0.5])
        builder.node("Conv", ["image", "w"], ["x"])
        nodes(&builder)
        builder.output("result")
        return try Fixtures.outputs(of: builder, Self.input)[0]
    }

    private func isClose(_ got: [Float], _ function: (Float) -> Float) -> Bool {
        zip(got, Self.input.map(function)).allSatisfy { abs($0 - $1) < 1e-6 * (1 + abs($1)) }
    }

    private func gelu(_ x: Float) -> Float { 0.5 * x * (1 + erff(x * Float(0.5).squareRoot())) }

    @Test("each order of its factors gives GELU")
    func orders() throws {
        let behind = try run {
            $0.node("Div", ["x", "root"], ["scaled"])
            $0.node("Erf", ["scaled"], ["erf"])
            $0.node("Add", ["erf", "one"], ["sum"])
            $0.node("Mul", ["x", "sum"], ["product"])
            $0.node("Mul", ["product", "half"], ["result"])
        }
        let before = try run {
            $0.node("Mul", ["x", "half"], ["halved"])
            $0.node("Mul", ["inverse", "x"], ["scaled"])
            $0.node("Erf", ["scaled"], ["erf"])
            $0.node("Add", ["one", "erf"], ["sum"])
            $0.node("Mul", ["halved", "sum"], ["result"])
        }
        let between = try run {
            $0.node("Div", ["x", "root"], ["scaled"])
            $0.node("Erf", ["scaled"], ["erf"])
            $0.node("Add", ["erf", "one"], ["sum"])
            $0.node("Mul", ["sum", "half"], ["halved"])
            $0.node("Mul", ["halved", "x"], ["result"])
        }
        let operation = try run { $0.node("Gelu", ["x"], ["result"]) }
        for got in [behind, before, between, operation] { #expect(isClose(got, gelu)) }
    }

    @Test("what only looks like GELU is computed as it stands")
    func others() throws {
        let unscaled = try run {
            $0.node("Erf", ["x"], ["erf"])
            $0.node("Add", ["erf", "one"], ["sum"])
            $0.node("Mul", ["x", "sum"], ["product"])
            $0.node("Mul", ["product", "half"], ["result"])
        }
        #expect(isClose(unscaled) { 0.5 * $0 * (1 + erff($0)) })
        let squared = try run {
            $0.node("Div", ["x", "root"], ["scaled"])
            $0.node("Erf", ["scaled"], ["erf"])
            $0.node("Add", ["erf", "one"], ["sum"])
            $0.node("Mul", ["x", "sum"], ["product"])
            $0.node("Mul", ["product", "x"], ["result"])
        }
        #expect(isClose(squared) { $0 * $0 * (1 + erff($0 * Float(0.5).squareRoot())) })
        let shared = try run {
            $0.node("Div", ["x", "root"], ["scaled"])
            $0.node("Erf", ["scaled"], ["erf"])
            $0.node("Add", ["erf", "one"], ["sum"])
            $0.node("Mul", ["x", "sum"], ["product"])
            $0.node("Mul", ["product", "half"], ["result"])
            $0.output("product")
        }
        #expect(isClose(shared) { 2 * gelu($0) })
    }
}
