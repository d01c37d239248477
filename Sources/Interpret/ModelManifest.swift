package import Base

/// What the `.json` beside a network says about it. Everything is optional: what is missing is taken from the family
/// that the output shapes show.
package struct ModelManifest: Sendable, Equatable {
    package enum ScoreKind: String, Sendable, CaseIterable { case logits, probabilities }
    package enum BoxOrder: String, Sendable, CaseIterable { case xyxy, yxyx }
    package enum BoxUnits: String, Sendable, CaseIterable { case ratio, pixels }

    /// For people: at most 200 characters on one line.
    package var name: String?
    /// A row of `HeadTable`.
    package var head: String?
    package var width: Int?
    package var height: Int?
    /// Instead of width and height: pictures go in in their own shape.
    package var budget: PixelBudget?
    package var colorOrder: InputSpec.ColorOrder?
    /// In the order of the tensor's planes; input = (sample − mean) · scale, samples 0...255.
    package var mean: SIMD3<Float>?
    package var scale: SIMD3<Float>?
    package var resize: InputSpec.ResizeRule?
    package var padValue: Float?
    /// Class names in the order of the network's class outputs.
    package var classes: [String]?
    /// Which classes make which label.
    package var labels: [Label: [String]]?
    /// What the raw scores of a class are worth, by class name; classes that are missing are taken at their word.
    package var calibration: [String: Calibration]?
    /// Whether class outputs still need a sigmoid (NanoDet families).
    package var scores: ScoreKind?
    /// Only for SSD: order and units of a box, and the number that stands for the first class.
    package var boxOrder: BoxOrder?
    package var boxUnits: BoxUnits?
    package var firstClass: Int?

    /// `[1, 3, height, width]`, where the manifest says it: a network may leave the size of its input open.
    package var inputShape: [Int]? {
        guard let width, let height else { return nil }
        return [1, 3, height, width]
    }

    /// The same with an input of this size for all pictures.
    package func taking(_ size: PixelSize) -> ModelManifest {
        var sized = self
        (sized.width, sized.height, sized.budget) = (size.width, size.height, nil)
        return sized
    }

    /// What the sides of an input may be.
    package static let sides = 32...2048
    package static let mostClasses = 10_000
    /// For finders of faces: 512x288 for 1280x720, where a face of 40 pixels has 16.
    package static let usualFaceBudget = PixelBudget(pixels: 147_456, multipleOf: 32)

    package init() {}

    /// - Throws: `InterpretError.manifest` with every problem found.
    package init(checking json: JSONValue) throws(InterpretError) {
        var reader = ManifestReader()
        self.init(json, &reader)
        guard reader.problems.isEmpty else { throw .manifest(problems: reader.problems) }
    }

    private init(_ json: JSONValue, _ reader: inout ManifestReader) {
        let top = reader.members(
            of: json, at: "$",
            known: [
                "name", "about", "license", "head", "input", "classes", "labels", "calibration", "scores", "boxOrder",
                "boxUnits", "firstClass",
            ])
        name = reader.name(top["name"])
        head = reader.string(top, "head", at: "$")
        if let head, HeadTable.row(named: head) == nil {
            reader.note("$.head", "\"\(head)\" is not one of \(HeadTable.names)")
        }
        scores = reader.word(top, "scores", at: "$")
        boxOrder = reader.word(top, "boxOrder", at: "$")
        boxUnits = reader.word(top, "boxUnits", at: "$")
        firstClass = reader.whole(top, "firstClass", in: 0...1, at: "$")
        classes = reader.classes(top["classes"])
        labels = reader.labels(top["labels"], classes: classes)
        calibration = reader.calibration(top["calibration"], classes: classes)
        readInput(top["input"], &reader)
    }

    private mutating func readInput(_ json: JSONValue?, _ reader: inout ManifestReader) {
        guard let json else { return }
        let path = "$.input"
        let input = reader.members(
            of: json, at: path,
            known: ["width", "height", "pixels", "multipleOf", "colorOrder", "mean", "scale", "resize", "pad"])
        width = reader.whole(input, "width", in: Self.sides, at: path)
        height = reader.whole(input, "height", in: Self.sides, at: path)
        if (width == nil) != (height == nil) { reader.note(path, "needs both width and height, or neither") }
        budget = reader.budget(input, at: path)
        colorOrder = reader.word(input, "colorOrder", at: path)
        mean = reader.triple(input, "mean", at: path)
        scale = reader.triple(input, "scale", at: path)
        resize = reader.word(input, "resize", at: path)
        padValue = reader.number(input, "pad", in: 0...255, at: path).map { Float($0) }
    }
}
