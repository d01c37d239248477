package import Base

/// What the `.json` beside a network says about it. Everything is optional: what is missing is taken from the family
/// that the output shapes show.
package struct ModelManifest: Sendable, Equatable {
    package enum ScoreKind: String, Sendable, CaseIterable { case logits, probabilities }
    package enum BoxOrder: String, Sendable, CaseIterable { case xyxy, yxyx }
    package enum BoxUnits: String, Sendable, CaseIterable { case ratio, pixels }

    /// For people.
    package var name: String?
    /// A row of `HeadTable`.
    package var head: String?
    package var width: Int?
    package var height: Int?
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
    /// Whether class outputs still need a sigmoid (NanoDet families).
    package var scores: ScoreKind?
    /// Only for SSD: order and units of a box, and the number that stands for the first class.
    package var boxOrder: BoxOrder?
    package var boxUnits: BoxUnits?
    package var firstClass: Int?

    package static let mostClasses = 10_000

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
                "name", "about", "license", "head", "input", "classes", "labels", "scores", "boxOrder", "boxUnits",
                "firstClass",
            ])
        name = reader.string(top, "name", at: "$")
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
        readInput(top["input"], &reader)
    }

    private mutating func readInput(_ json: JSONValue?, _ reader: inout ManifestReader) {
        guard let json else { return }
        let path = "$.input"
        let input = reader.members(
            of: json, at: path, known: ["width", "height", "colorOrder", "mean", "scale", "resize", "pad"])
        width = reader.whole(input, "width", in: 32...2048, at: path)
        height = reader.whole(input, "height", in: 32...2048, at: path)
        if (width == nil) != (height == nil) { reader.note(path, "needs both width and height, or neither") }
        colorOrder = reader.word(input, "colorOrder", at: path)
        mean = reader.triple(input, "mean", at: path)
        scale = reader.triple(input, "scale", at: path)
        resize = reader.word(input, "resize", at: path)
        padValue = reader.number(input, "pad", in: 0...255, at: path).map { Float($0) }
    }
}

/// Reads typed members out of JSON and notes every problem with its path.
private struct ManifestReader {
    private(set) var problems: [String] = []
    private static let mostProblems = 50

    mutating func note(_ path: String, _ problem: String) {
        if problems.count < Self.mostProblems { problems.append("\(path): \(problem)") }
    }

    mutating func members(of json: JSONValue, at path: String, known: [String]) -> [String: JSONValue] {
        guard let members = json.object else {
            note(path, "must be an object, is \(json.kind)")
            return [:]
        }
        for key in members.keys.sorted() where !known.contains(key) {
            note("\(path).\(key)", "unknown; known are \(known.joined(separator: ", "))")
        }
        return members
    }

    mutating func string(_ members: [String: JSONValue], _ key: String, at path: String) -> String? {
        guard let json = members[key] else { return nil }
        guard let text = json.string else {
            note("\(path).\(key)", "must be a string, is \(json.kind)")
            return nil
        }
        return text
    }

    mutating func word<W: RawRepresentable & CaseIterable>(
        _ members: [String: JSONValue], _ key: String, at path: String
    ) -> W? where W.RawValue == String {
        guard let text = string(members, key, at: path) else { return nil }
        guard let word = W(rawValue: text) else {
            let known = W.allCases.map(\.rawValue).joined(separator: ", ")
            note("\(path).\(key)", "\"\(text)\" is not one of \(known)")
            return nil
        }
        return word
    }

    mutating func number(
        _ members: [String: JSONValue], _ key: String, in range: ClosedRange<Double>, at path: String
    ) -> Double? {
        guard let json = members[key] else { return nil }
        guard let value = json.double, range.contains(value) else {
            note("\(path).\(key)", "must be a number in \(range.lowerBound)...\(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func whole(
        _ members: [String: JSONValue], _ key: String, in range: ClosedRange<Int>, at path: String
    ) -> Int? {
        guard let json = members[key] else { return nil }
        guard let value = json.int, range.contains(value) else {
            note("\(path).\(key)", "must be a whole number in \(range.lowerBound)...\(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func triple(_ members: [String: JSONValue], _ key: String, at path: String) -> SIMD3<Float>? {
        guard let json = members[key] else { return nil }
        let numbers = (json.array ?? []).compactMap(\.double).filter { abs($0) <= 1e6 }.map { Float($0) }
        guard numbers.count == 3, json.array?.count == 3 else {
            note("\(path).\(key)", "must be a list of three numbers, one per colour plane")
            return nil
        }
        return SIMD3(numbers)
    }

    mutating func classes(_ json: JSONValue?) -> [String]? {
        guard let json else { return nil }
        guard let items = json.array, (1...ModelManifest.mostClasses).contains(items.count) else {
            note("$.classes", "must be a list of 1 to \(ModelManifest.mostClasses) names")
            return nil
        }
        for (index, item) in items.enumerated() where item.string?.isEmpty ?? true {
            note("$.classes[\(index)]", "must be a name, is \(item.kind)")
        }
        return items.map { $0.string ?? "" }
    }

    mutating func labels(_ json: JSONValue?, classes: [String]?) -> [Label: [String]]? {
        guard let json else { return nil }
        let members = members(of: json, at: "$.labels", known: Label.allCases.map(\.rawValue))
        var labels: [Label: [String]] = [:]
        for label in Label.allCases {
            let path = "$.labels.\(label.rawValue)"
            guard let list = members[label.rawValue] else { continue }
            guard let names = list.array, names.allSatisfy({ $0.string != nil }) else {
                note(path, "must be a list of class names, is \(list.kind)")
                continue
            }
            labels[label] = names.compactMap(\.string)
            for name in names.compactMap(\.string) where classes.map({ !$0.contains(name) }) ?? false {
                note(path, "\"\(name)\" is not in $.classes")
            }
        }
        for (name, owners) in Dictionary(grouping: labels.flatMap { l in l.value.map { ($0, l.key) } }, by: \.0)
        where owners.count > 1 {
            note("$.labels", "\"\(name)\" makes more than one label")
        }
        return labels
    }
}
