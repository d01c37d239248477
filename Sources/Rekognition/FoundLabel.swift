import Base

/// One label of a `DetectLabels` answer: what was found, how often and where.
struct FoundLabel: Equatable {
    /// As AWS spells names: `Person`, `Cat`.
    var name: String
    /// The larger thing that this is one of: a cat is a pet.
    var parent: String?
    var category: String
    /// Percent of the surest.
    var confidence: Double
    /// Surest first; empty for a parent, whose children have the places, as AWS answers.
    var instances: [Detection] = []

    /// The labels of what was found with at least `minConfidence` percent, surest first and then by name.
    static func labels(of detections: [Detection], from minConfidence: Double) -> [FoundLabel] {
        var byName: [String: FoundLabel] = [:]
        let sure = detections.filter { $0.confidence.percent >= minConfidence }
        for detection in sure.sorted(by: { $0.confidence > $1.confidence }) {
            let title = detection.label.title
            let name = capitalised(detection.className)
            let parent = name == title ? nil : title
            let new = FoundLabel(
                name: name, parent: parent, category: detection.label.category,
                confidence: detection.confidence.percent)
            byName[name, default: new].instances.append(detection)
            if let parent, byName[parent] == nil {
                byName[parent] = FoundLabel(
                    name: parent, category: detection.label.category, confidence: detection.confidence.percent)
            }
        }
        return byName.values.sorted { ($1.confidence, $0.name) < ($0.confidence, $1.name) }
    }

    /// `teddy bear` is `Teddy Bear`.
    private static func capitalised(_ name: String) -> String {
        name.split(separator: " ").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }

    var json: JSONValue {
        [
            "Name": .string(name), "Confidence": .number(confidence),
            "Instances": .array(
                instances.map { ["BoundingBox": $0.box.shape, "Confidence": .number($0.confidence.percent)] }),
            "Parents": .array(parent.map { [["Name": .string($0)]] } ?? []), "Aliases": [],
            "Categories": [["Name": .string(category)]],
        ]
    }
}

extension Label {
    /// AWS's name of what this label holds.
    fileprivate var title: String {
        switch self {
        case .person: "Person"
        case .pet: "Pet"
        case .package: "Package"
        }
    }

    /// Of AWS's label categories.
    fileprivate var category: String {
        switch self {
        case .person: "Person Description"
        case .pet: "Animals and Pets"
        case .package: "Transport and Logistics"
        }
    }
}

extension NormalizedBox {
    /// AWS's BoundingBox, within the picture.
    fileprivate var shape: JSONValue {
        let seen = clippedToFrame
        return [
            "Left": .number(seen.left), "Top": .number(seen.top), "Width": .number(seen.width),
            "Height": .number(seen.height),
        ]
    }
}

/// `Settings.GeneralLabels`: which labels are told. A label must be wanted by its name or its category, if any are
/// listed as wanted, and be excluded by neither.
struct LabelNameFilter {
    private var names: Set<String>
    private var withoutNames: Set<String>
    private var categories: Set<String>
    private var withoutCategories: Set<String>

    /// - Parameter settings: nil lets everything through.
    init(_ settings: Members?) throws(APIError) {
        func list(_ name: String) throws(APIError) -> Set<String> {
            Set(try settings?.strings(name, .labelFilter, count: 0...100) ?? [])
        }
        names = try list("LabelInclusionFilters")
        withoutNames = try list("LabelExclusionFilters")
        categories = try list("LabelCategoryInclusionFilters")
        withoutCategories = try list("LabelCategoryExclusionFilters")
    }

    func admitted(_ labels: [FoundLabel]) -> [FoundLabel] {
        labels.filter { label in
            let isWanted =
                (names.isEmpty && categories.isEmpty) || names.contains(label.name)
                || categories.contains(label.category)
            return isWanted && !withoutNames.contains(label.name) && !withoutCategories.contains(label.category)
        }
    }
}
