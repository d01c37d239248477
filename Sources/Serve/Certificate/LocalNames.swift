import Base
import Glibc
import Runtime
import Settings

/// Under which names and addresses others may call this box.
package enum LocalNames {
    /// The host's name, alone and in `.local` (RFC 6762), and the addresses of all interfaces but link-local ones.
    /// - Parameter address: that the API listens at.
    package static func all(listeningAt address: String) -> [String] {
        var names = ["localhost", "127.0.0.1", "::1"]
        if let host = hostName { names += [host, "\(host).local"] }
        names += interfaceAddresses
        if let listened = NumericAddress(address), !listened.isUnspecified { names.append(address) }
        return Array(Set(names)).sorted()
    }

    /// Its first label; nil when it is none that a certificate could hold.
    private static var hostName: String? {
        guard let text = HostName.system else { return nil }
        let label = text.lowercased().split(separator: ".").first.map(String.init) ?? ""
        let isPlain = label.utf8.allSatisfy { $0.isNameCharacter && $0 != UInt8(ascii: "_") }
        return (1...63).contains(label.utf8.count) && isPlain ? label : nil
    }

    private static var interfaceAddresses: [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { return [] }
        defer { unsafe freeifaddrs(first) }
        var found: [String] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ifa_addr, let text = unsafe numeric(address) { found.append(text) }
            unsafe next = entry.pointee.ifa_next
        }
        return found
    }

    /// Nil for other families and for addresses that only the neighbour can reach (RFC 4291 §2.5.6).
    private static func numeric(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
        let family = CInt(unsafe address.pointee.sa_family)
        let length: Int
        switch family {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        var text = [CChar](repeating: 0, count: 64)
        // SAFETY: getifaddrs gives addresses of their family's size.
        let status = unsafe getnameinfo(
            address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        let numeric = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return numeric.contains("%") ? nil : numeric
    }
}
