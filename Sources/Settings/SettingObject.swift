package import Base

/// One JSON object of the config file while it is checked. Every question notes its problem and answers with something
/// usable, so that the check goes on and finds the next problem too.
package struct SettingObject {
    package let path: SettingPath
    private let members: [String: JSONValue]

    /// An absent object is an empty one: each of its keys takes its default.
    package init(_ value: JSONValue?, at path: SettingPath, keys: [String], _ problems: inout [SettingProblem]) {
        self.path = path
        guard let members = value == nil ? [:] : value?.object else {
            self.members = [:]
            problems.append(SettingProblem(path, value, "must be an object { … } with any of: \(keys.listed)"))
            return
        }
        self.members = members
        for key in members.keys.sorted() where !keys.contains(key) {
            problems.append(SettingProblem(path[key], Self.advice(on: key, known: keys)))
        }
    }

    /// The value of an unknown key is not shown: it may be a secret.
    private static func advice(on key: String, known: [String]) -> String {
        if key.lowercased() == "password" && known.contains("passwordFile") {
            return "is not a setting; secrets are only named by file: put it into a file and set passwordFile"
        }
        if let meant = key.likelyMeant(among: known) { return "is not a setting; did you mean \(meant)?" }
        return "is not a setting; known here: \(known.listed)"
    }

    package subscript(key: String) -> JSONValue? { members[key] }

    package func object(_ key: String, keys: [String], _ problems: inout [SettingProblem]) -> SettingObject {
        SettingObject(members[key], at: path[key], keys: keys, &problems)
    }

    /// Nil when the key is absent or null.
    package func optionalObject(_ key: String, keys: [String], _ problems: inout [SettingProblem]) -> SettingObject? {
        guard let value = members[key], value != .null else { return nil }
        return SettingObject(value, at: path[key], keys: keys, &problems)
    }

    package func whole(
        _ key: String, in range: ClosedRange<Int>, default usual: Int, _ problems: inout [SettingProblem]
    ) -> Int {
        guard let value = members[key] else { return usual }
        guard let number = value.int, range.contains(number) else {
            let advice = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            problems.append(SettingProblem(path[key], value, advice))
            return usual
        }
        return number
    }

    /// Nil for null and for no value.
    package func optionalWhole(
        _ key: String, in range: ClosedRange<Int>, _ problems: inout [SettingProblem]
    ) -> Int? {
        guard let value = members[key], value != .null else { return nil }
        return whole(key, in: range, default: range.lowerBound, &problems)
    }

    package func flag(_ key: String, default usual: Bool, _ problems: inout [SettingProblem]) -> Bool {
        guard let value = members[key] else { return usual }
        guard let flag = value.bool else {
            problems.append(SettingProblem(path[key], value, "must be true or false"))
            return usual
        }
        return flag
    }

    /// One of the raw values of `Choice`.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default usual: Choice, _ problems: inout [SettingProblem]
    ) -> Choice where Choice.RawValue == String {
        guard let value = members[key] else { return usual }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            let known = Choice.allCases.map(\.rawValue)
            let meant = value.string.flatMap { $0.likelyMeant(among: known) }.map { "; did you mean \($0)?" } ?? ""
            problems.append(SettingProblem(path[key], value, "must be one of: \(known.listed)\(meant)"))
            return usual
        }
        return choice
    }

    /// A text that `rule` admits; `usual` when the key is absent.
    package func text(
        _ key: String, default usual: String, _ rule: TextRule, _ problems: inout [SettingProblem]
    ) -> String {
        guard let value = members[key] else { return usual }
        return checked(value, path[key], rule, &problems) ?? usual
    }

    /// As `text`, and null means none.
    package func optionalText(
        _ key: String, default usual: String? = nil, _ rule: TextRule, _ problems: inout [SettingProblem]
    ) -> String? {
        guard let value = members[key] else { return usual }
        return value == .null ? nil : checked(value, path[key], rule, &problems)
    }

    /// A text that must be there; nil after a problem.
    package func requiredText(_ key: String, _ rule: TextRule, _ problems: inout [SettingProblem]) -> String? {
        guard let value = members[key] else {
            problems.append(SettingProblem(path[key], nil, rule.advice))
            return nil
        }
        return checked(value, path[key], rule, &problems)
    }

    private func checked(
        _ value: JSONValue, _ path: SettingPath, _ rule: TextRule, _ problems: inout [SettingProblem]
    ) -> String? {
        guard let text = value.string, rule.admits(text) else {
            problems.append(SettingProblem(path, value, rule.advice))
            return nil
        }
        return text
    }
}

extension [String] {
    var listed: String { joined(separator: ", ") }
}
