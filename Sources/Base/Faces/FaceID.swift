/// One indexed face, or the picture that it came from: a UUID, spelled in lower case (AWS's own rule). Sixteen bytes, since a
/// collection has thousands.
package struct FaceID: Sendable, Hashable, Comparable, TextCoded {
    package static let kind = "lower-case UUID"
    private let high: UInt64
    private let low: UInt64

    /// Nil unless the text is such a UUID.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Hex.bytes(parts.joined()),
            text.utf8.allSatisfy({ !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) })
        else { return nil }
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        (high, low) = (number(bytes.prefix(8)), number(bytes.suffix(8)))
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// A new one: version 4 of RFC 9562.
    package static func random() -> FaceID {
        var generator = SystemRandomNumberGenerator()
        return FaceID(
            high: generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
            low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    package var text: String {
        let bytes = [high, low].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hex.text(bytes[$0]) }.joined(separator: "-")
    }

    package static func < (a: FaceID, b: FaceID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
