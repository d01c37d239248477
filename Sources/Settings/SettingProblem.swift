package import Base

/// One thing that is wrong with the config file, in words for its owner.
package struct SettingProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: SettingPath
    /// What is there and what to do about it: `is 0; must be a whole number from 1 to 60`.
    package let message: String

    package init(_ path: SettingPath, _ message: String) {
        self.path = path
        self.message = message
    }

    /// The value's kind or short text, then what to do.
    package init(_ path: SettingPath, _ value: JSONValue?, _ advice: String) {
        self.init(path, "is \(value?.forMessages ?? "missing"); \(advice)")
    }

    package var description: String { "\(path): \(message)" }
}

extension JSONValue {
    /// Short and on one line, whatever came in.
    fileprivate var forMessages: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value.quotedForMessages
        case .array: "a list"
        case .object(let members): members.isEmpty ? "an empty object" : "an object"
        }
    }
}

extension String {
    /// In quotes, on one line, at most 80 characters; control characters become `?`.
    var quotedForMessages: String {
        let shown = unicodeScalars.prefix(80).map { $0.isControl ? "?" : String($0) }.joined()
        return "\"\(shown)\(unicodeScalars.dropFirst(80).isEmpty ? "" : "…")\""
    }

    /// The one of `known` that a slip of the keyboard may have meant: at most two letters off, or only in another case.
    func likelyMeant(among known: [String]) -> String? {
        guard utf8.count <= 40 else { return nil }
        let distances = known.map { (key: $0, distance: lowercased().editDistance(to: $0.lowercased())) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return nearest.distance <= Swift.min(2, nearest.key.utf8.count / 2) ? nearest.key : nil
    }

    /// Levenshtein's distance in Unicode scalars.
    private func editDistance(to other: String) -> Int {
        let target = Array(other.unicodeScalars)
        var row = Array(0...target.count)
        for (i, scalar) in unicodeScalars.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in target.enumerated() {
                let substituted = diagonal + (scalar == wanted ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[target.count]
    }
}
