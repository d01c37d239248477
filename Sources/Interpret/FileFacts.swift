package import Base

/// What a network's file says of itself beside its shapes: ONNX's metadata as Ultralytics writes it, and the type of its
/// input. All of it is optional, and a manifest goes before it.
package struct FileFacts: Sendable, Equatable {
    /// In the order of the network's class outputs.
    package var classes: [String]?
    /// Of the input that the network was trained or exported for.
    package var size: PixelSize?
    /// For example `detect`, `segment`, `pose`, `obb`, `classify`.
    package var task: String?
    /// Numbers of key points at the end of each row; 0 without any.
    package var keypointNumbers = 0
    /// The input takes samples 0...255 as whole numbers.
    package var takesSamples = false

    /// Tasks of Ultralytics whose outputs hold no upright boxes.
    static let otherTasks: Set = ["obb", "classify", "semantic"]
    /// Numbers of one row that may belong to key points.
    private static let mostKeypointNumbers = 1000

    package init() {}

    /// - Parameters:
    ///   - metadata: the file's; entries that are not understood count as missing.
    ///   - takesSamples: the input takes samples 0...255 as whole numbers.
    package init(metadata: [String: String], takesSamples: Bool) {
        self.takesSamples = takesSamples
        classes = metadata["names"].flatMap(Self.names)
        size = metadata["imgsz"].flatMap(Self.size)
        task = metadata["task"]
        keypointNumbers = metadata["kpt_shape"].flatMap(Self.product) ?? 0
    }

    /// `{0: 'person', 1: 'bicycle'}`, numbered from 0 without gaps, or `['person', 'bicycle']`.
    private static func names(_ text: String) -> [String]? {
        guard let literal = PythonLiteral(text) else { return nil }
        let names: [String]
        switch literal {
        case .names(let list): names = list
        case .numberedNames(let pairs):
            let sorted = pairs.sorted { $0.number < $1.number }
            guard sorted.enumerated().allSatisfy({ $0 == $1.number }) else { return nil }
            names = sorted.map(\.name)
        case .numbers: return nil
        }
        let isWhole = (1...ModelManifest.mostClasses).contains(names.count) && names.allSatisfy { !$0.isEmpty }
        // Of a network that was not told what its classes are: 0, 1, 2 …
        let isNumbers = names.enumerated().allSatisfy { $1 == "\($0)" || $1 == "class\($0)" }
        return isWhole && !isNumbers ? names : nil
    }

    /// `[height, width]`, or one number for both.
    private static func size(_ text: String) -> PixelSize? {
        guard case .numbers(let sides) = PythonLiteral(text), let height = sides.first, let width = sides.last,
            sides.count <= 2, ModelManifest.sides.contains(height), ModelManifest.sides.contains(width)
        else { return nil }
        return PixelSize(width: width, height: height)
    }

    private static func product(_ text: String) -> Int? {
        guard case .numbers(let sides) = PythonLiteral(text), sides.count == 2,
            sides.allSatisfy({ (1...mostKeypointNumbers).contains($0) }), sides[0] * sides[1] <= mostKeypointNumbers
        else { return nil }
        return sides[0] * sides[1]
    }
}
