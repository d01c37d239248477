import TestSupport

/// Packets of every type that MQTT has, whole and mutilated.
enum HostilePackets {
    /// One of each type and more, as a broker would send them.
    static func whole(version5: Bool) -> [[UInt8]] {
        let none: [UInt8] = version5 ? [0] : []
        let some: [UInt8] = version5 ? [5, 0x1f, 0, 2, 0x68, 0x69] : []
        let all: [UInt8] =
            version5 ? [18, 1, 1, 2, 0, 0, 0, 9, 3, 0, 1, 0x74, 9, 0, 1, 0xff, 0x0b, 0x80, 1] : []
        let set = Array("porchlight/box/processor/a/enabled/set".utf8)
        let topic = [0, UInt8(set.count)] + set
        return [
            packet(0x20, [0, 0] + none), packet(0x20, [0, 0x87] + some), packet(0x20, [0, 0, 2, 0x7f, 0]),
            packet(0x20, [0, 0, 8, 0x21, 0, 5, 0x27, 0, 1, 0, 0]), packet(0x30, topic + none + [0x4f, 0x4e]),
            packet(0x32, topic + [0, 7] + all + [0x4f, 0x4e]), packet(0x34, topic + [0, 8] + none + [0x4f, 0x4e]),
            packet(0x3b, topic + [0, 9] + none), packet(0x40, [0, 1]), packet(0x40, [0, 1, 0x87] + some),
            packet(0x50, [0, 1]), packet(0x62, [0, 1]), packet(0x70, [0, 1]), packet(0x90, [0, 1] + none + [1]),
            packet(0x90, [0, 1] + some + [0x80]), packet(0xb0, [0, 1] + none + [0]), packet(0xc0, []),
            packet(0xd0, []), packet(0xe0, []), packet(0xe0, [0x8e] + none), packet(0xe0, [0x95] + some),
            packet(0xf0, [0] + none), packet(0x10, topic), packet(0x82, [0, 1] + topic), packet(0xa2, [0, 1] + topic),
        ]
    }

    /// Mostly a CONNACK that is well, then some packets, most of them mutilated.
    static func stream(version5: Bool, _ random: inout SplitMix) -> [UInt8] {
        let whole = whole(version5: version5)
        let isGreeted = Int.random(in: 0..<4, using: &random) > 0
        var bytes = isGreeted ? whole[0] : []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let packet = whole[Int.random(in: 0..<whole.count, using: &random)]
            bytes += Int.random(in: 0..<3, using: &random) == 0 ? packet : mutilated(packet, &random)
        }
        return bytes
    }

    static func mutilated(_ packet: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = packet
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            default: bytes[place] = [0, 0x7f, 0x80, 0xff][Int.random(in: 0..<4, using: &random)]
            }
        }
        return bytes
    }

    private static func packet(_ head: UInt8, _ body: [UInt8]) -> [UInt8] { [head, UInt8(body.count)] + body }
}
