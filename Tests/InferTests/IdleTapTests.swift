import Base
import Infer
import Testing

/// Windows with taps that meet nothing but padding, which are left out: the rest must stay in its place.
@Suite struct IdleTapTests {
    private struct Case: CustomTestStringConvertible {
        var dilation: Int
        var stride = 1
        /// Above, left, below, right.
        var pads: [Int]
        var groups = 1
        var testDescription: String { "dilation \(dilation), stride \(stride), pads \(pads), \(groups) groups" }
    }

    private static let (channels, height, width) = (2, 4, 5)

    private static let cases = [
        Case(dilation: 6, pads: [6, 6, 6, 6]), Case(dilation: 6, pads: [6, 6, 6, 6], groups: 2),
        Case(dilation: 4, pads: [4, 5, 4, 5]), Case(dilation: 3, pads: [3, 3, 3, 3]),
        Case(dilation: 5, pads: [10, 0, 0, 11]), Case(dilation: 5, pads: [0, 10, 10, 0], groups: 2),
        Case(dilation: 7, stride: 2, pads: [7, 8, 8, 9]), Case(dilation: 2, pads: [9, 9, 9, 9], groups: 2),
    ]

    private func input(_ index: Int) -> Float { Float(index * 7 % 11) - 5 }
    private func weight(_ index: Int) -> Float { Float(index * 5 % 13) - 6 }

    private func expected(_ test: Case) -> [Float] {
        let reach = 2 * test.dilation + 1, ins = Self.channels / test.groups
        let rows = (Self.height + test.pads[0] + test.pads[2] - reach) / test.stride + 1
        let columns = (Self.width + test.pads[1] + test.pads[3] - reach) / test.stride + 1
        var result: [Float] = []
        for output in 0..<2 {
            for y in 0..<rows {
                for x in 0..<columns {
                    var sum: Float = 0
                    for tap in 0..<ins * 9 {
                        let channel = tap / 9 + (test.groups == 1 ? 0 : output)
                        let row = y * test.stride - test.pads[0] + tap % 9 / 3 * test.dilation
                        let column = x * test.stride - test.pads[1] + tap % 3 * test.dilation
                        guard (0..<Self.height).contains(row), (0..<Self.width).contains(column) else { continue }
                        sum +=
                            weight(output * ins * 9 + tap)
                            * input((channel * Self.height + row) * Self.width + column)
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    @Test("a window larger than the picture gives what its taps inside of the picture give", arguments: cases)
    private func windows(test: Case) throws {
        let ins = Self.channels / test.groups, count = Self.channels * Self.height * Self.width
        var builder = ONNXBuilder()
        builder.input("image", [1, Self.channels, Self.height, Self.width])
        builder.floats("w", [2, ins, 3, 3], (0..<2 * ins * 9).map(weight))
        builder.node(
            "Conv", ["image", "w"], ["result"],
            [
                "dilations": .ints([test.dilation, test.dilation]), "strides": .ints([test.stride, test.stride]),
                "pads": .ints(test.pads), "group": .int(test.groups),
            ])
        builder.output("result")
        let got = try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: (0..<count).map(input)) }
            engine.run()
            return unsafe Array(engine.output(0).values)
        }
        #expect(got == expected(test))
    }
}
