import Base

/// The broken constraints of one request. All are told at once, as AWS's front end does.
final class Violations {
    private var texts: [String] = []

    /// More than this many are counted, not listed.
    private static let listed = 20

    func add(_ value: JSONValue, at path: String, _ constraint: String) {
        texts.append("Value \(Self.shown(value)) at '\(path)' failed to satisfy constraint: \(constraint)")
    }

    /// - Throws: `InvalidParameterException` that names every broken constraint.
    func throwIfAny() throws(APIError) {
        guard !texts.isEmpty else { return }
        let more = texts.count > Self.listed ? "; and \(texts.count - Self.listed) more" : ""
        throw APIError(
            .invalidParameter,
            "\(texts.count) validation error\(texts.count == 1 ? "" : "s") detected: "
                + texts.prefix(Self.listed).joined(separator: "; ") + more)
    }

    private static func shown(_ value: JSONValue) -> String {
        if case .null = value { return "null" }
        let text = value.string ?? String(decoding: value.jsonBytes, as: UTF8.self)
        return text.count > 100 ? "'\(text.prefix(100))…'" : "'\(text)'"
    }
}
