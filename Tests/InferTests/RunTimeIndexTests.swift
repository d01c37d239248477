import Base
import Infer
import Testing

/// Indices, conditions and quantised numbers that a network makes while it runs.
@Suite struct RunTimeIndexTests {
    /// What the model of `builder` gives for `values`.
    private func run(_ builder: ONNXBuilder, _ values: [Float]) throws -> [[Float]] {
        try Fixtures.outputs(of: builder, values, threads: 2)
    }

    @Test("the best entries are found and fetched by their positions")
    func topKThenGather() throws {
        var builder = ONNXBuilder()
        builder.input("x", [2, 6])
        builder.integers("k", [3])
        builder.node("TopK", ["x", "k"], ["best", "places"])
        builder.node("GatherElements", ["x", "places"], ["again"], ["axis": .int(1)])
        for name in ["best", "places", "again"] { builder.output(name) }
        let results = try run(builder, [1, 5, 3, 5, 2, 4, -1, -9, 0, .nan, 7, -1])
        #expect(results[1] == [1, 3, 5, 3, 4, 2])
        #expect(Array(results[0].prefix(3)) == [5, 5, 4] && results[0][3].isNaN && results[0][4...] == [7, 0])
        #expect(Array(results[2].prefix(3)) == [5, 5, 4] && results[2][4...] == [7, 0])
    }

    @Test("a row is fetched by the number that the network found")
    func argMaxThenGather() throws {
        var builder = ONNXBuilder()
        builder.input("x", [1, 4])
        builder.floats("rows", [4, 2], [10, 11, 20, 21, 30, 31, 40, 41])
        builder.node("ArgMax", ["x"], ["place"], ["axis": .int(1), "keepdims": .int(0)])
        builder.node("Gather", ["rows", "place"], ["row"])
        builder.output("row")
        #expect(try run(builder, [0, 1, 9, 2]) == [[30, 31]])
    }

    @Test(
        "an object's class is what is left when its position is divided as whole numbers are, as heads without NMS do it"
    )
    func classOfPosition() throws {
        var builder = ONNXBuilder()
        builder.input("x", [6])
        builder.integers("k", [3])
        builder.integers("classes", [2])
        builder.node("TopK", ["x", "k"], ["best", "places"])
        builder.node("Div", ["places", "classes"], ["boxes"])
        builder.node("Mul", ["boxes", "classes"], ["firsts"])
        builder.node("Sub", ["places", "firsts"], ["class"])
        for name in ["boxes", "class"] { builder.output(name) }
        #expect(try run(builder, [0, 9, 1, 2, 8, 7]) == [[0, 2, 2], [1, 0, 1]])
        var negative = ONNXBuilder()
        negative.input("x", [3])
        negative.integers("two", [2])
        negative.node("Cast", ["x"], ["whole"], ["to": .int(7)])
        negative.node("Div", ["whole", "two"], ["half"])
        negative.output("half")
        #expect(try run(negative, [-3, 3, 16_777_213]) == [[-1, 1, 8_388_606]])
    }

    @Test("limits that the network makes while it runs cut off what lies beyond them")
    func clipWithMadeLimits() throws {
        var builder = ONNXBuilder()
        builder.input("x", [4])
        builder.floats("ten", [], [10])
        builder.node("ReduceMax", ["x"], ["largest"], ["keepdims": .int(0)])
        builder.node("Sub", ["largest", "ten"], ["low"])
        builder.node("Clip", ["x", "low"], ["result"])
        builder.node("Clip", ["x", "", "low"], ["below"])
        for name in ["result", "below"] { builder.output(name) }
        #expect(try run(builder, [1, 30, 12, 25]) == [[20, 30, 20, 25], [1, 20, 12, 20]])
    }

    @Test("a picture whose pixels hold their channels goes in, however many pixels it has")
    func channelsLast() throws {
        var builder = ONNXBuilder()
        builder.input("x", [1, 600, 500, 4])
        builder.floats("w", [1, 4, 1, 1], [1, 10, 100, 1000])
        builder.node("Transpose", ["x"], ["planes"], ["perm": .ints([0, 3, 1, 2])])
        builder.node("Conv", ["planes", "w"], ["result"])
        builder.output("result")
        var (pixels, sums): ([Float], [Float]) = ([], [])
        for pixel in 0..<300_000 {
            let (red, blue) = (Float(pixel % 7), Float(pixel % 3))
            pixels += [red, 1, blue, 2]
            sums.append(red + 10 + blue * 100 + 2000)
        }
        #expect(try run(builder, pixels)[0] == sums)
    }

    @Test("an index that the network made up cannot reach beyond the data")
    func wildIndices() throws {
        var builder = ONNXBuilder()
        builder.input("x", [5])
        builder.floats("data", [3], [1, 2, 3])
        builder.node("Cast", ["x"], ["places"], ["to": .int(7)])
        builder.node("Gather", ["data", "places"], ["got"])
        builder.node("Unsqueeze", ["places", "one"], ["tuples"])
        builder.integers("one", [1])
        builder.node("ScatterND", ["data", "tuples", "x"], ["put"])
        builder.output("got")
        builder.output("put")
        let results = try run(builder, [1e30, -1e30, .nan, .infinity, -1.5])
        #expect(results[0] == [3, 1, 1, 1, 3])
        #expect(results[1].count == 3)
    }

    @Test("one of two numbers is chosen by a comparison")
    func comparisonThenWhere() throws {
        var builder = ONNXBuilder()
        builder.input("x", [2, 2])
        builder.floats("half", [], [0.5])
        builder.floats("no", [2], [-1, -2])
        builder.node("Greater", ["x", "half"], ["isLarge"])
        builder.node("Where", ["isLarge", "x", "no"], ["result"])
        builder.output("result")
        #expect(try run(builder, [0.4, 0.6, 0.5, .nan]) == [[-1, 0.6, -1, -2]])
    }

    @Test("numbers added to one place are all added, on any number of threads")
    func scatterAdds() throws {
        var builder = ONNXBuilder()
        builder.opset = 18
        builder.input("x", [1000])
        builder.floats("zero", [2], [0, 0])
        builder.node("Cast", ["x"], ["places"], ["to": .int(7)])
        builder.node("ScatterElements", ["zero", "places", "x"], ["sums"], ["reduction": .text("add")])
        builder.output("sums")
        #expect(try run(builder, (0..<1000).map { Float($0 % 2) }) == [[0, 500]])
    }

    @Test("a quantised network sees numbers rounded to what 8 bits hold, and its weights per channel")
    func quantised() throws {
        var builder = ONNXBuilder()
        builder.input("x", [1, 1, 1, 4])
        builder.floats("step", [], [0.1])
        builder.tensor("zero", [], type: 2, raw: [128])
        builder.tensor("weights", [2, 1, 1, 1], type: 3, raw: [100, 0x9C])
        builder.floats("steps", [2], [0.01, 0.02])
        builder.node("QuantizeLinear", ["x", "step", "zero"], ["q"])
        builder.node("DequantizeLinear", ["q", "step", "zero"], ["rounded"])
        builder.node("DequantizeLinear", ["weights", "steps"], ["w"], ["axis": .int(0)])
        builder.node("Conv", ["rounded", "w"], ["result"])
        builder.output("result")
        let result = try run(builder, [0.34, -0.26, 99, -99])[0]
        let expected: [Float] = [0.3, -0.3, 12.7, -12.8, -0.6, 0.6, -25.4, 25.6]
        #expect(zip(result, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(result)")
    }
}
