import Base
import Foundation
import Interpret
import Testing

/// Thinned outputs of a real network and what a reference decoder finds in them
/// (made by `Tests/Fixtures/make_head_fixtures.py`).
struct HeadFixture {
    let input: [Int]
    let frame: PixelSize
    /// Name, shape and numbers of each output.
    let outputs: [(name: String, tensor: Tensor)]
    /// COCO class (for YuNet 0 = face), score, corners in ratios of the frame.
    let expected: [(classIndex: Int, score: Double, corners: [Double])]

    init(_ name: String) throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/Heads/\(name).json")
        let json = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: url))
        input = try #require(json["input"]?.array).compactMap(\.int)
        let sides = try #require(json["frame"]?.array).compactMap(\.int)
        frame = try #require(PixelSize(width: sides[0], height: sides[1]))
        outputs = try #require(json["outputs"]?.array).map(Self.output)
        expected = try #require(json["expected"]?.array).map { row in
            let numbers = try #require(row.array).compactMap(\.double)
            return (Int(numbers[0]), numbers[1], Array(numbers[2...]))
        }
    }

    private static func output(_ json: JSONValue) throws -> (name: String, tensor: Tensor) {
        let shape = try #require(json["shape"]?.array).compactMap(\.int)
        let fill = Float(try #require(json["fill"]?.double))
        var values = [Float](repeating: fill, count: shape.reduce(1, *))
        for run in try #require(json["runs"]?.array) {
            let numbers = try #require(run.array).compactMap(\.double)
            for (offset, value) in numbers.dropFirst().enumerated() { values[Int(numbers[0]) + offset] = Float(value) }
        }
        return (try #require(json["name"]?.string), try #require(Tensor(shape: shape, values: values)))
    }

    var shapes: [TensorShape] { outputs.map { TensorShape(name: $0.name, sides: $0.tensor.shape) } }

    func detector(_ manifest: ModelManifest? = nil) throws -> Detector {
        try Detector(manifest: manifest, input: input, outputs: shapes)
    }

    /// What `detector` sees in the outputs, given in the order that `order` makes of them.
    func detections(
        by detector: Detector, order: ([(name: String, tensor: Tensor)]) -> [(name: String, tensor: Tensor)] = { $0 }
    ) -> [Detection] {
        withViews(order(outputs)[...], []) { views in
            detector.detections(in: views, mapping: InputMapping(frame: frame, spec: detector.inputSpec))
        }
    }
}

/// Lends tensors to `body` as an engine would.
func withViews<R>(
    _ outputs: ArraySlice<(name: String, tensor: Tensor)>, _ views: [TensorView], _ body: ([TensorView]) -> R
) -> R {
    guard let next = outputs.first else { return body(views) }
    return unsafe next.tensor.values.withUnsafeBufferPointer { values in
        let view = unsafe TensorView(name: next.name, shape: next.tensor.shape, values: values)
        return withViews(outputs.dropFirst(), views + [view], body)
    }
}

/// One output with these numbers.
func output(_ name: String, _ shape: [Int], _ values: [Float]) throws -> (name: String, tensor: Tensor) {
    (name, try #require(Tensor(shape: shape, values: values)))
}
