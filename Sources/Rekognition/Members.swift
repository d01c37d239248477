import Base

/// One structure of a request. Reading a member checks it against the service model: a wrong JSON type is a
/// `SerializationException` at once, a broken constraint is noted in `violations`. Null counts as absent, unknown members
/// are ignored, both as AWS does.
struct Members {
    let values: [String: JSONValue]
    /// As AWS writes it in messages: `settings.connectedHome`; empty for the request itself.
    let path: String
    let violations: Violations

    /// - Throws: `SerializationException` unless `request` is an object.
    init(request: JSONValue) throws(APIError) {
        guard let values = request.object else {
            throw APIError(.serialization, "The request must be a JSON object, not \(request.kind).")
        }
        self.init(values: values, path: "", violations: Violations())
    }

    private init(values: [String: JSONValue], path: String, violations: Violations) {
        self.values = values
        self.path = path
        self.violations = violations
    }

    /// `Input` of the request is `input`, `Arn` in it `input.arn`.
    func path(of name: String) -> String {
        let spelled = name.prefix(1).lowercased() + name.dropFirst()
        return path.isEmpty ? spelled : "\(path).\(spelled)"
    }

    /// Null counts as absent.
    func has(_ name: String) -> Bool { values[name].map { $0 != .null } ?? false }

    /// Notes a rule that spans several members.
    func refuse(_ name: String, because constraint: String) {
        violations.add(values[name] ?? .null, at: path(of: name), constraint)
    }

    func string(_ name: String, _ rule: StringRule, required: Bool = false) throws(APIError) -> String? {
        guard let value = present(name, required) else { return nil }
        return try Self.string(value, at: path(of: name), rule, violations)
    }

    /// One of AWS's words.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ words: Word.Type
    ) throws(APIError) -> Word? {
        guard let text = try string(name, .any) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let all = words.allCases.map(\.rawValue).joined(separator: ", ")
        refuse(name, because: "Member must satisfy enum value set: [\(all)]")
        return nil
    }

    func double(_ name: String, in range: ClosedRange<Double>? = nil) throws(APIError) -> Double? {
        guard let value = present(name, false) else { return nil }
        guard let number = value.double else { throw wrongType(name, value, "a number") }
        if let range { check(number, value, name, range) }
        return number
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = present(name, false) else { return nil }
        guard let number = value.int else { throw wrongType(name, value, "a whole number of 64 bits") }
        check(number, value, name, range)
        return number
    }

    func bool(_ name: String, required: Bool = false) throws(APIError) -> Bool? {
        guard let value = present(name, required) else { return nil }
        guard let flag = value.bool else { throw wrongType(name, value, "true or false") }
        return flag
    }

    func structure(_ name: String, required: Bool = false) throws(APIError) -> Members? {
        guard let value = present(name, required) else { return nil }
        guard let members = value.object else { throw wrongType(name, value, "an object") }
        return Members(values: members, path: path(of: name), violations: violations)
    }

    /// The members of a list of structures, each with its place: `regionsOfInterest[2]`.
    func structures(_ name: String, count: ClosedRange<Int>?) throws(APIError) -> [Members]? {
        guard let items = try list(name, count: count) else { return nil }
        var structures: [Members] = []
        for (index, item) in items.enumerated() {
            let place = "\(path(of: name))[\(index)]"
            guard let members = item.object else { throw Self.wrongType(place, item, "an object") }
            structures.append(Members(values: members, path: place, violations: violations))
        }
        return structures
    }

    func strings(
        _ name: String, _ rule: StringRule, count: ClosedRange<Int>?, required: Bool = false
    ) throws(APIError) -> [String]? {
        guard let items = try list(name, count: count, required: required) else { return nil }
        var strings: [String] = []
        for (index, item) in items.enumerated() {
            strings.append(try Self.string(item, at: "\(path(of: name))[\(index)]", rule, violations))
        }
        return strings
    }

    func stringMap(
        _ name: String, keys: StringRule, values rule: StringRule, count: ClosedRange<Int>, required: Bool = false
    ) throws(APIError) -> [String: String]? {
        guard let value = present(name, required) else { return nil }
        guard let members = value.object else { throw wrongType(name, value, "an object") }
        check(count: members.count, value, name, count)
        var map: [String: String] = [:]
        for (key, item) in members.sorted(by: { $0.key < $1.key }) {
            _ = try Self.string(.string(key), at: "\(path(of: name)).key", keys, violations)
            map[key] = try Self.string(item, at: "\(path(of: name)).\(key.prefix(40))", rule, violations)
        }
        return map
    }

    private func list(_ name: String, count: ClosedRange<Int>?, required: Bool = false) throws(APIError) -> [JSONValue]?
    {
        guard let value = present(name, required) else { return nil }
        guard let items = value.array else { throw wrongType(name, value, "a list") }
        if let count { check(count: items.count, value, name, count) }
        return items
    }

    private func present(_ name: String, _ required: Bool) -> JSONValue? {
        if let value = values[name], value != .null { return value }
        if required { violations.add(.null, at: path(of: name), "Member must not be null") }
        return nil
    }

    private func check<Number: Comparable>(
        _ number: Number, _ value: JSONValue, _ name: String, _ range: ClosedRange<Number>
    ) {
        if number < range.lowerBound {
            violations.add(
                value, at: path(of: name), "Member must have value greater than or equal to \(range.lowerBound)")
        }
        if number > range.upperBound {
            violations.add(
                value, at: path(of: name), "Member must have value less than or equal to \(range.upperBound)")
        }
    }

    private func check(count: Int, _ value: JSONValue, _ name: String, _ range: ClosedRange<Int>) {
        if count < range.lowerBound {
            violations.add(
                value, at: path(of: name), "Member must have length greater than or equal to \(range.lowerBound)")
        }
        if count > range.upperBound {
            violations.add(
                value, at: path(of: name), "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    private static func string(
        _ value: JSONValue, at place: String, _ rule: StringRule, _ violations: Violations
    ) throws(APIError) -> String {
        guard let text = value.string else { throw wrongType(place, value, "a string") }
        for broken in rule.violations(of: text) { violations.add(value, at: place, broken) }
        return text
    }

    private func wrongType(_ name: String, _ value: JSONValue, _ wanted: String) -> APIError {
        Self.wrongType(path(of: name), value, wanted)
    }

    private static func wrongType(_ place: String, _ value: JSONValue, _ wanted: String) -> APIError {
        APIError(.serialization, "'\(place)' must be \(wanted), not \(value.kind).")
    }
}
