import Testing

/// Operators that move numbers or repeat them, with one thread and with some that share the work.
@Suite struct RunStartsTests {
    private func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 251) - 120 } }

    private func expectSame(_ name: String, _ count: Int, _ truth: [Float], _ build: (inout ONNXBuilder) -> Void) throws
    {
        var builder = ONNXBuilder()
        build(&builder)
        builder.output("y")
        for threads in [1, 2, 3, 7] {
            let got = try Fixtures.outputs(of: builder, numbers(count), threads: threads)[0]
            #expect(got == truth, "\(name) with \(threads) threads")
        }
    }

    @Test("a turned tensor has its numbers where they belong, however many threads move them")
    func turned() throws {
        let (a, b, c, d) = (2, 3, 5, 7), list = numbers(210)
        var truth: [Float] = []
        for k in 0..<c {
            for i in 0..<a {
                for l in 0..<d { for j in 0..<b { truth.append(list[((i * b + j) * c + k) * d + l]) } }
            }
        }
        try expectSame("Transpose", 210, truth) { builder in
            builder.input("x", [a, b, c, d])
            builder.node("Transpose", ["x"], ["y"], ["perm": .ints([2, 0, 3, 1])])
        }
    }

    @Test("entries at uneven distances are taken as they are asked for")
    func picked() throws {
        let picks = [4, 0, 3, 3, 1], list = numbers(6 * 5 * 3)
        var truth: [Float] = []
        for row in 0..<6 {
            for pick in picks { for column in 0..<3 { truth.append(list[(row * 5 + pick) * 3 + column]) } }
        }
        try expectSame("Gather", 90, truth) { builder in
            builder.input("x", [6, 5, 3])
            builder.integers("picks", picks)
            builder.node("Gather", ["x", "picks"], ["y"], ["axis": .int(1)])
        }
    }

    @Test("a tensor that repeats along some sides is added to each of them")
    func repeated() throws {
        let list = numbers(4 * 3 * 5), other: [Float] = (0..<12).map { Float(100 * $0) }
        var truth: [Float] = []
        for i in 0..<4 {
            for j in 0..<3 { for k in 0..<5 { truth.append(list[(i * 3 + j) * 5 + k] + other[i * 3 + j]) } }
        }
        try expectSame("Add", 60, truth) { builder in
            builder.input("x", [4, 3, 5])
            builder.floats("other", [4, 3, 1], other)
            builder.node("Add", ["x", "other"], ["y"])
        }
        var wide: [Float] = []
        for i in 0..<4 { for j in 0..<3 { for k in 0..<5 { wide.append(list[(i * 3 + j) * 5 + k] * other[i]) } } }
        try expectSame("Mul", 60, wide) { builder in
            builder.input("x", [4, 3, 5])
            builder.floats("other", [4, 1, 1], Array(other[..<4]))
            builder.node("Mul", ["x", "other"], ["y"])
        }
    }

    @Test("a border goes around every plane")
    func padded() throws {
        let list = numbers(3 * 4 * 2)
        var truth = [Float](repeating: 9, count: 3 * 7 * 5)
        for i in 0..<3 {
            for j in 0..<4 { for k in 0..<2 { truth[(i * 7 + j + 1) * 5 + k + 2] = list[(i * 4 + j) * 2 + k] } }
        }
        try expectSame("Pad", 24, truth) { builder in
            builder.input("x", [3, 4, 2])
            builder.integers("pads", [0, 1, 2, 0, 2, 1])
            builder.floats("nine", [], [9])
            builder.node("Pad", ["x", "pads", "nine"], ["y"])
        }
    }
}
