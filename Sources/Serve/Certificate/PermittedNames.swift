import Base
import Settings

/// What the box's authority may sign (RFC 5280 §4.2.1.10), so that whoever steals its key can pass for this box only, and
/// for nothing on the internet.
///
/// Names are those of the box. Addresses are given by others (DHCP) and change: all that only a local network uses are
/// permitted, and of public ones those that the box has when the authority is made.
enum PermittedNames {
    /// Networks and the bits that count: loopback (RFC 1122), private (RFC 1918), shared (RFC 6598), link-local (RFC
    /// 3927); in IPv6 loopback, link-local (RFC 4291) and unique local (RFC 4193).
    private static let localNetworks = [
        ("127.0.0.0", 8), ("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("100.64.0.0", 10),
        ("169.254.0.0", 16), ("::1", 128), ("fe80::", 10), ("fc00::", 7),
    ].compactMap { text, bits in NumericAddress(text).map { Network(address: $0, bits: bits) } }

    /// In OpenSSL's words (x509v3_config(5)).
    static func text(for names: [SubjectName]) -> String {
        let own = names.compactMap { name -> String? in
            guard case .address(let address) = name else { return name.text }
            if localNetworks.contains(where: { $0.holds(address) }) { return nil }
            // Of IPv6 the network, in which a box changes its address every day (RFC 8981).
            return Network(address: address, bits: address.bytes.count == 4 ? 32 : 64).text
        }
        return (own + localNetworks.map(\.text)).map { "permitted;\($0)" }.joined(separator: ",")
    }

    private struct Network {
        let address: NumericAddress
        let bits: Int

        private var mask: [UInt8] {
            address.bytes.indices.map { ~UInt8(truncatingIfNeeded: 0xFF >> min(8, max(0, bits - $0 * 8))) }
        }

        func holds(_ other: NumericAddress) -> Bool {
            guard other.bytes.count == address.bytes.count else { return false }
            return mask.indices.allSatisfy { (other.bytes[$0] ^ address.bytes[$0]) & mask[$0] == 0 }
        }

        var text: String {
            let separator = mask.count == 4 ? "." : ":"
            let parts =
                mask.count == 4
                ? mask.map { String($0) }
                : stride(from: 0, to: mask.count, by: 2).map { Hex.text([mask[$0], mask[$0 + 1]]) }
            return "IP:\(address.text)/\(parts.joined(separator: separator))"
        }
    }
}
