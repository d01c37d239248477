import Glibc

/// An IPv4 or IPv6 address as the system reads it; names are never looked up.
package struct NumericAddress: Sendable, Equatable {
    /// As it was written.
    package let text: String
    /// 127.0.0.0/8 (RFC 1122 §3.2.1.3), ::1 (RFC 4291 §2.5.3) and IPv4's loopback mapped into IPv6.
    package let isLoopback: Bool
    /// In network order: 4 or 16.
    package let bytes: [UInt8]

    /// 0.0.0.0 and ::, which mean every address of the box.
    package var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    package init?(_ text: String) {
        // inet_pton would stop at a NUL and so accept what follows it.
        guard (2...45).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            isLoopback = bytes[0] == 127
            bytes.removeLast(12)
        } else if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127]
            isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 || bytes.starts(with: mapped)
        } else {
            return nil
        }
        self.text = text
        self.bytes = bytes
    }
}

/// `127.0.0.1:8710` or `[::1]:8710`.
struct ListenAddress {
    let address: NumericAddress
    let port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard let address = NumericAddress(String(host)), (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(digits), (1...65535).contains(port)
        else { return nil }
        self.address = address
        self.port = port
    }
}
