import Base
import Rekognition

/// What follows `?` in a request to one of Porchlight's own routes: names that the route knows, each once.
struct Query {
    private let values: [String: String]

    /// - Throws: for a name that the route does not know, and for one that stands there twice.
    init(_ head: RequestHead, knows names: [String]) throws(APIError) {
        var values: [String: String] = [:]
        for pair in head.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: PercentEncoding.decoded(parts[0]), as: UTF8.self)
            let value = parts.count > 1 ? String(decoding: PercentEncoding.decoded(parts[1]), as: UTF8.self) : ""
            guard names.contains(name) else {
                let known = names.joined(separator: ", ")
                throw APIError(.invalidParameter, "There is no parameter '\(name.prefix(50))'; there are \(known).")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw APIError(.invalidParameter, "The parameter '\(name)' stands there twice.")
            }
        }
        self.values = values
    }

    /// Nil when the parameter is not there or empty.
    func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// - Parameter words: what is wanted, for the message.
    func value<Value>(_ name: String, _ words: String, _ read: (String) -> Value?) throws(APIError) -> Value? {
        guard let text = text(name) else { return nil }
        guard let value = read(text) else {
            throw APIError(.invalidParameter, "\(name) must be \(words), not '\(text.prefix(50))'.")
        }
        return value
    }

    /// A time: milliseconds since 1970, RFC 3339 in UTC, or how long ago: `90s`, `30m`, `2h`, `7d`.
    func time(_ name: String, now: WallTime = .now()) throws(APIError) -> WallTime? {
        try value(name, "milliseconds since 1970, a time like 2026-11-21T03:32:29Z, or how long ago: 90s, 30m, 2h, 7d")
        {
            Self.time($0, now)
        }
    }

    private static func time(_ text: String, _ now: WallTime) -> WallTime? {
        if let milliseconds = Int64(text), milliseconds >= 0 { return WallTime(milliseconds: milliseconds) }
        if let ago = Duration(span: text) { return WallTime(milliseconds: now.milliseconds - ago.milliseconds) }
        return text.hasSuffix("Z") ? WallTime(rfc3339: text) : nil
    }
}
