import Base
import Settings

/// A name under which a server is called, as certificates hold it.
enum SubjectName: Sendable, Equatable {
    /// Letters, digits, `-` and `.` only, since the name becomes part of a text that OpenSSL reads.
    case dns(String)
    case address(NumericAddress)

    /// Nil when the text is neither a numeric address nor a DNS name (RFC 1123 §2.1) of at most 253 bytes.
    init?(_ text: String) {
        if let address = NumericAddress(text) {
            self = .address(address)
            return
        }
        let isPlain = text.utf8.allSatisfy { byte in
            byte == UInt8(ascii: ".") || byte.isNameCharacter && byte != UInt8(ascii: "_")
        }
        guard isPlain, (1...253).contains(text.utf8.count) else { return nil }
        self = .dns(text)
    }

    /// As OpenSSL reads it: `DNS:box.local`, `IP:192.0.2.1`.
    var text: String {
        switch self {
        case .dns(let name): "DNS:\(name)"
        case .address(let address): "IP:\(address.text)"
        }
    }
}
