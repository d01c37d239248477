import Base
import Infer
import Testing

/// Networks that leave out overlapping boxes themselves: how many remain is known only after the run.
@Suite struct RunTimeLengthTests {
    /// Three boxes of one class, of which the first two overlap.
    private func detector(_ finish: (inout ONNXBuilder) -> Void) -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.input("boxes", [1, 3, 4])
        builder.input("scores", [1, 1, 3])
        builder.integers("most", [3])
        builder.floats("overlap", [1], [0.5])
        builder.floats("threshold", [1], [0.2])
        builder.node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "threshold"], ["selected"])
        finish(&builder)
        return builder
    }

    private static let boxes: [Float] = [0, 0, 10, 10, 0, 1, 10, 11, 50, 50, 60, 60]

    private func outputs(_ builder: ONNXBuilder, _ scores: [[Float]]) throws -> [[(shape: [Int], values: [Float])]] {
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 2)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: Self.boxes) }
            return scores.map { scores in
                unsafe engine.withInput(1) { _ = unsafe $0.update(from: scores) }
                engine.run()
                return engine.outputs.indices.map { index in
                    let output = engine.output(index)
                    return unsafe (output.shape, Array(output.values))
                }
            }
        }
    }

    @Test("as many rows come out as boxes remain, from none to all, frame by frame")
    func counts() throws {
        let builder = detector { $0.output("selected") }
        let frames = try outputs(builder, [[0.9, 0.8, 0.3], [0.3, 0.9, 0.1], [0.1, 0.1, 0.1]])
        #expect(frames[0][0].shape == [2, 3] && frames[0][0].values == [0, 0, 0, 0, 0, 2])
        #expect(frames[1][0].shape == [1, 3] && frames[1][0].values == [0, 0, 1])
        #expect(frames[2][0].shape == [0, 3] && frames[2][0].values == [])
    }

    @Test("the boxes and scores that were selected can be picked in the network, and are as many")
    func picked() throws {
        let builder = detector { builder in
            builder.integers("column", [2])
            builder.integers("rows", [-1])
            builder.integers("one", [0])
            builder.node("Gather", ["selected", "column"], ["places"], ["axis": .int(1)])
            builder.node("Squeeze", ["places", "axes"], ["flat"])
            builder.integers("axes", [1])
            builder.node("Gather", ["boxes", "flat"], ["picked"], ["axis": .int(1)])
            builder.output("picked")
        }
        let frames = try outputs(builder, [[0.9, 0.8, 0.3], [0.1, 0.1, 0.9]])
        #expect(
            frames[0][0].shape == [1, 2, 4] && frames[0][0].values == Array(Self.boxes[0..<4] + Self.boxes[8..<12]))
        #expect(frames[1][0].shape == [1, 1, 4] && frames[1][0].values == Array(Self.boxes[8..<12]))
    }

    @Test("what would take rows that are not there for boxes is refused by name when the model is loaded")
    func refused() throws {
        for (type, says) in [("ReduceMax", "ReduceMax"), ("Shape", "Shape"), ("Softmax", "Softmax")] {
            let builder = detector { builder in
                builder.node(type, ["selected"], ["result"])
                builder.output("result")
            }
            try Fixtures.withFile(builder.file) { path in
                #expect(throws: InferError.self) { try Engine.load(path: path) }
                do { _ = try Engine.load(path: path) } catch {
                    #expect("\(error)".contains(says) && "\(error)".contains("after the run"))
                }
            }
        }
    }

    /// Three boxes at most, of three numbers each: both axes are as long.
    @Test("entries that change places, or an axis that could be either, are refused rather than cut in the wrong place")
    func refusedPlaces() throws {
        let cases: [(String, (inout ONNXBuilder) -> Void)] = [
            ("Transpose", { $0.node("Transpose", ["selected"], ["result"], ["perm": .ints([1, 0])]) }),
            (
                "Gather",
                {
                    $0.integers("order", [2, 1, 0])
                    $0.node("Gather", ["selected", "order"], ["result"], ["axis": .int(0)])
                }
            ),
            (
                "Slice",
                {
                    $0.integers("from", [-1])
                    $0.integers("to", [-9])
                    $0.integers("axis", [0])
                    $0.integers("back", [-1])
                    $0.node("Slice", ["selected", "from", "to", "axis", "back"], ["result"])
                }
            ),
        ]
        for (type, node) in cases {
            let builder = detector { builder in
                node(&builder)
                builder.output("result")
            }
            try Fixtures.withFile(builder.file) { path in
                do {
                    _ = try Engine.load(path: path)
                    Issue.record("\(type) was taken")
                } catch { #expect("\(error)".contains(type) && "\(error)".contains("after the run")) }
            }
        }
    }
}
