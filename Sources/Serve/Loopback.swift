import Glibc

/// Addresses that only this machine can reach.
enum Loopback {
    /// `127.0.0.0/8` and `::1`; false for names, since a name may change its meaning.
    static func contains(_ address: String) -> Bool {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, address, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, address, &six) == 1 else { return false }
        return unsafe withUnsafeBytes(of: six) { bytes in
            unsafe bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
        }
    }
}
