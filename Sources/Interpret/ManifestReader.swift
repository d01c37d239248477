import Base

/// Reads typed members out of JSON and notes every problem with its path.
struct ManifestReader {
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

    /// `"pixels": 123904, "multipleOf": 32`, in place of width and height.
    mutating func budget(_ members: [String: JSONValue], at path: String) -> PixelBudget? {
        let pixels = whole(members, "pixels", in: PixelBudget.pixelCounts, at: path)
        let multiple = whole(members, "multipleOf", in: PixelBudget.multiples, at: path)
        if (members["pixels"] == nil) != (members["multipleOf"] == nil) {
            note(path, "needs both pixels and multipleOf, or neither")
        }
        guard let pixels, let multiple else { return nil }
        if members["width"] != nil || members["height"] != nil {
            note(path, "has a fixed size (width, height) and a bound on it (pixels, multipleOf): name one of them")
        }
        let budget = PixelBudget(pixels: pixels, multipleOf: multiple)
        if budget == nil {
            note("\(path).pixels", "\(pixels) hold no square of \(multiple)x\(multiple)")
        }
        return budget
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

    mutating func name(_ json: JSONValue?, at path: String = "$.name") -> String? {
        guard let json else { return nil }
        guard let name = json.string, (1...200).contains(name.count),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            note(path, "must be 1 to 200 characters on one line")
            return nil
        }
        return name
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
