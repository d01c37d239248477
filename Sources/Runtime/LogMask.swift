import Synchronization

/// What must not stand in the log: secrets, told by whoever holds them, and what URLs carry before their `@`.
///
/// Nothing here logs a secret on purpose. This is for what comes from elsewhere: an error of a library that quotes what it
/// was given, a path or an address that somebody wrote a password into.
package final class LogMask: Sendable {
    /// What stands in the place of a secret.
    package static let mark = "***"
    /// Shorter ones would make every line unreadable, and are none.
    private static let shortest = 4

    /// By what they are.
    private let secrets = Mutex<[String: String]>([:])

    package init() {}

    /// From now on `secret` is hidden, in the place of an earlier one that was the same thing.
    /// - Parameter thing: what it is, such as `MQTT password`.
    package func hide(_ secret: String, as thing: String) { secrets.withLock { $0[thing] = secret } }

    /// The text without what must not be seen.
    package func masked(_ text: String) -> String {
        let hidden = secrets.withLock { $0.values.filter { $0.utf8.count >= Self.shortest } }
        // A secret may lie within another one.
        let known = hidden.sorted { $0.utf8.count > $1.utf8.count }
            .reduce(text) { $0.contains($1) ? $0.replacing($1, with: Self.mark) : $0 }
        return Self.withoutUsers(known)
    }

    /// `rtsp://user:password@host` becomes `rtsp://***@host`. All up to the last `@` of a word: passwords may hold slashes.
    private static func withoutUsers(_ text: String) -> String {
        guard text.contains("//"), text.contains("@") else { return text }
        var rest = text[...]
        var result = ""
        while let slashes = rest.firstRange(of: "//") {
            result += rest[..<slashes.upperBound]
            rest = rest[slashes.upperBound...]
            let word = rest.prefix { !$0.isWhitespace && $0 != "\"" }
            guard let at = word.lastIndex(of: "@") else { continue }
            result += mark
            rest = rest[at...]
        }
        return result + rest
    }
}
