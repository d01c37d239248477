/// What a box is called whose config names no `deviceId`.
package enum DeviceID {
    /// `porchlight-` and 8 hexadecimal digits of FNV-1a over the machine id: stable across restarts and new
    /// installations of the program. The id itself is not shown: machine-id(5) asks for that.
    package static func derived(fromMachineID id: String) -> String {
        let hash = id.utf8.prefix { $0 > 0x20 }.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ (hash >> 32)), radix: 16)
        return "porchlight-" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
