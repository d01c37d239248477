import Base
import Infer
import Testing

/// Steps that begin with what their input was made of must say the same as those that begin with the input itself. A product
/// with 1 between the two makes a tensor that has forgotten what it was made of.
@Suite struct OriginTests {
    private struct Run {
        var values: [[Float]]
        var gmac: Double
    }

    private func run(_ builder: ONNXBuilder, threads: Int = 1) throws -> Run {
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: threads)
            for index in engine.inputs.indices {
                unsafe engine.withInput(index) { values in
                    for i in values.indices { unsafe values[i] = Float((i &* 7919 + index) % 101) / 50 - 1 }
                }
            }
            engine.run()
            let values = engine.outputs.indices.map { unsafe Array(engine.output($0).values) }
            return Run(values: values, gmac: engine.gmac)
        }
    }

    /// `tell(&builder, from, to)` passes a tensor on, with its origin or without.
    private func expectSame(
        _ title: String, threads: Int = 1,
        _ build: (inout ONNXBuilder, (inout ONNXBuilder, String, String) -> Void) -> Void
    ) throws -> (short: Run, long: Run) {
        var short = ONNXBuilder(), long = ONNXBuilder()
        long.floats("one", [1], [1])
        build(&short) { $0.node("Identity", [$1], [$2]) }
        build(&long) { $0.node("Mul", [$1, "one"], [$2]) }
        let runs = (short: try run(short, threads: threads), long: try run(long))
        #expect(runs.short.values.count == runs.long.values.count)
        for (a, b) in zip(runs.short.values, runs.long.values) {
            #expect(a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-5 }, "\(title)")
        }
        return runs
    }

    private func weights(_ count: Int) -> [Float] { (0..<count).map { Float(($0 &* 31) % 17) / 17 - 0.4 } }

    @Test("a 1x1 convolution of an enlarged picture is done before it is enlarged, and says the same")
    func enlarged() throws {
        for (plain, small, ends) in [(3, 9, "Relu"), (0, 8, "Sigmoid"), (5, 16, ""), (2, 3, "Relu")] {
            let runs = try expectSame("\(plain) and \(small) channels") { builder, tell in
                builder.input("small", [1, small, 3, 5])
                builder.input("large", [1, max(plain, 1), 6, 10])
                builder.floats("scales", [4], [1, 1, 2, 2])
                builder.floats("w", [7, plain + small, 1, 1], weights(7 * (plain + small)))
                builder.floats("b", [7], weights(7))
                builder.node(
                    "Resize", ["small", "", "scales"], ["resized"],
                    ["coordinate_transformation_mode": .text("asymmetric"), "nearest_mode": .text("floor")])
                tell(&builder, "resized", "enlarged")
                let parts = plain > 0 ? ["large", "enlarged"] : ["enlarged"]
                builder.node("Concat", parts, ["all"], ["axis": .int(1)])
                builder.node("Conv", ["all", "w", "b"], ["conv"])
                builder.node(ends.isEmpty ? "Identity" : ends, ["conv"], ["result"])
                builder.output("result")
                // Somebody else may need the enlarged picture all the same.
                if plain == 5 { builder.output("enlarged") }
            }
            #expect(small < 8 || runs.short.gmac < runs.long.gmac, "\(small) enlarged channels")
        }
    }

    @Test("what is added before or after the activation is still added when the picture was enlarged")
    func enlargedWithShortcut() throws {
        for isBefore in [true, false] {
            _ = try expectSame("added before: \(isBefore)") { builder, tell in
                builder.input("small", [1, 9, 4, 4])
                builder.input("large", [1, 4, 8, 8])
                builder.floats("scales", [4], [1, 1, 2, 2])
                builder.floats("w", [4, 13, 1, 1], weights(52))
                builder.node(
                    "Resize", ["small", "", "scales"], ["resized"],
                    [
                        "mode": .text("nearest"),
                        "coordinate_transformation_mode": .text("asymmetric"), "nearest_mode": .text("floor"),
                    ])
                tell(&builder, "resized", "enlarged")
                builder.node("Concat", ["enlarged", "large"], ["all"], ["axis": .int(1)])
                builder.node("Conv", ["all", "w"], ["conv"])
                if isBefore {
                    builder.node("Add", ["conv", "large"], ["sum"])
                    builder.node("Relu", ["sum"], ["result"])
                } else {
                    builder.node("Relu", ["conv"], ["positive"])
                    builder.node("Add", ["positive", "large"], ["result"])
                }
                builder.output("result")
            }
        }
    }

    @Test("a border before a convolution or a pool is the same as padding of its own")
    func border() throws {
        for (type, filler) in [
            ("Conv", 0), ("Conv", 0.5), ("MaxPool", -Float.infinity), ("MaxPool", 0), ("AveragePool", 0),
        ] {
            for own in [0, 1] {
                _ = try expectSame("\(type) of a border of \(filler) with padding of \(own)") { builder, tell in
                    builder.input("image", [2, 3, 9, 11])
                    builder.integers("pads", [0, 0, 0, 1, 0, 0, 2, 1])
                    builder.floats("filler", [1], [Float(filler)])
                    builder.floats("w", [4, 3, 3, 3], weights(108))
                    builder.node("Pad", ["image", "pads", "filler"], ["bordered"])
                    tell(&builder, "bordered", "x")
                    builder.node(
                        type, type == "Conv" ? ["x", "w"] : ["x"], ["result"],
                        [
                            "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]),
                            "pads": .ints([own, own, own, own]),
                        ])
                    builder.output("result")
                }
            }
        }
    }

    @Test("class scores that are turned, softened and turned back are softened where they lie")
    func turnedSoftmax() throws {
        for (order, axis, opset) in [
            ([0, 3, 2, 1], 3, 11), ([0, 2, 3, 1], -1, 13), ([0, 2, 3, 1], 1, 13), ([0, 2, 1, 3], 1, 11),
        ] {
            let back = (0..<4).map { order.firstIndex(of: $0) ?? 0 }
            _ = try expectSame("\(order), axis \(axis), operator set \(opset)") { builder, tell in
                builder.opset = opset
                builder.input("scores", [2, 7, 5, 9])
                builder.node("Transpose", ["scores"], ["turned"], ["perm": .ints(order)])
                tell(&builder, "turned", "x")
                builder.node("Softmax", ["x"], ["soft"], ["axis": .int(axis)])
                builder.node("Transpose", ["soft"], ["result"], ["perm": .ints(back)])
                builder.output("result")
            }
        }
    }

    @Test("two turns that are not each other's inverse stay")
    func otherTurns() throws {
        _ = try expectSame("turned twice") { builder, tell in
            builder.input("scores", [1, 3, 4, 4])
            builder.node("Transpose", ["scores"], ["turned"], ["perm": .ints([0, 2, 3, 1])])
            tell(&builder, "turned", "x")
            builder.node("Softmax", ["x"], ["soft"], ["axis": .int(3)])
            builder.node("Transpose", ["soft"], ["result"], ["perm": .ints([0, 2, 3, 1])])
            builder.output("result")
        }
    }
}
