package import Base

extension ModelManifest {
    /// As it would stand in a file: `init(checking:)` of it gives the same manifest.
    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["name"] = name.map(JSONValue.string)
        members["head"] = head.map(JSONValue.string)
        if let input { members["input"] = input }
        members["classes"] = classes.map { .array($0.map(JSONValue.string)) }
        members["labels"] = labels.map { labels in
            .object(
                Dictionary(
                    uniqueKeysWithValues: labels.map { ($0.key.rawValue, .array($0.value.map(JSONValue.string))) }))
        }
        members["calibration"] = calibration.map { .object($0.mapValues(Self.json)) }
        members["scores"] = scores.map { .string($0.rawValue) }
        members["boxOrder"] = boxOrder.map { .string($0.rawValue) }
        members["boxUnits"] = boxUnits.map { .string($0.rawValue) }
        members["firstClass"] = firstClass.map { .integer(Int64($0)) }
        return .object(members)
    }

    private var input: JSONValue? {
        var input: [String: JSONValue] = [:]
        func triple(_ numbers: SIMD3<Float>) -> JSONValue {
            .array((0..<3).map { .number(Self.shortest(numbers[$0])) })
        }
        input["width"] = width.map { .integer(Int64($0)) }
        input["height"] = height.map { .integer(Int64($0)) }
        input["pixels"] = budget.map { .integer(Int64($0.pixels)) }
        input["multipleOf"] = budget.map { .integer(Int64($0.multipleOf)) }
        input["colorOrder"] = colorOrder.map { .string($0.rawValue) }
        input["mean"] = mean.map(triple)
        input["scale"] = scale.map(triple)
        input["resize"] = resize.map { .string($0.rawValue) }
        input["pad"] = padValue.map { .number(Self.shortest($0)) }
        return input.isEmpty ? nil : .object(input)
    }

    private static func json(_ calibration: Calibration) -> JSONValue {
        .array(
            calibration.points.map {
                .array([.number(shortest($0.raw)), .number(shortest($0.confidence))])
            })
    }

    /// With as many digits as tell the float from its neighbours.
    private static func shortest(_ number: Float) -> Double { Double("\(number)") ?? Double(number) }

    /// The same, with what `spec`, a family and its classes say where it says nothing.
    func completed(head: String, classes names: [String], labels all: [Label: [String]], _ spec: InputSpec)
        -> ModelManifest
    {
        var whole = self
        whole.head = head
        if budget == nil { (whole.width, whole.height) = (spec.size.width, spec.size.height) }
        whole.colorOrder = spec.colorOrder
        (whole.mean, whole.scale) = (spec.mean, spec.scale)
        whole.resize = spec.resize
        whole.padValue = spec.padValue
        // Numbers that stand for no class have no name in COCO's own list; a manifest cannot leave one out.
        whole.classes = names.contains("") ? classes : names
        whole.labels = all.mapValues { $0.filter(names.contains) }.filter { !$0.value.isEmpty }
        return whole
    }
}
