/// Where a broker is, as people say it: `broker.lan`, `broker.lan:1884`, `192.0.2.7`, `[2001:db8::7]:1883`.
package struct BrokerPlace: Sendable, Equatable {
    package var host: String
    /// Nil: the usual one, 1883, or 8883 with TLS.
    package var port: Int?

    /// What is wrong with a place, and what to do.
    package struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Throws: `Refusal` for what is no place; whether the host has a valid name is for the settings' rules.
    package init(_ text: String) throws(Refusal) {
        guard !text.contains("://") else {
            throw Refusal(description: "'\(text)' has a scheme: give HOST or HOST:PORT, and --tls for TLS")
        }
        if text.hasPrefix("[") {
            let parts = text.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].isEmpty || parts[1].hasPrefix(":") else {
                throw Refusal(description: "'\(text)' is no address: [2001:db8::7] or [2001:db8::7]:1883")
            }
            host = String(parts[0])
            port = try parts[1].isEmpty ? nil : Self.port(parts[1].dropFirst(), in: text)
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            // More colons than one: an IPv6 address without brackets.
            host = parts.count == 2 ? String(parts[0]) : text
            port = try parts.count == 2 ? Self.port(parts[1], in: text) : nil
        }
        guard !host.isEmpty else { throw Refusal(description: "'\(text)' names no host: give HOST or HOST:PORT") }
    }

    private static func port(_ digits: Substring, in text: String) throws(Refusal) -> Int {
        guard let port = Int(digits), (1...65535).contains(port) else {
            throw Refusal(description: "'\(text)': the port must be 1 to 65535")
        }
        return port
    }
}
