import Runtime
import Testing

/// A photograph from an old disk has a name that is no UTF-8: it must be found, and told apart from its neighbour.
@Suite struct FileNameTests {
    static let names: [[UInt8]] = [
        Array("plain.jpg".utf8), Array("Tür\n.jpg".utf8), [0x63, 0xE9, 0x2E], [0x63, 0xE8, 0x2E], [0xFF], [0xC3],
        [0xE2, 0x82], [0xF4, 0x8F, 0xBE, 0x80], [0xED, 0xA0, 0x80], [0xC3, 0xA4, 0xE9, 0x65, 0xCC, 0x81], [],
    ]

    @Test("every name leads back to its bytes", arguments: names)
    func roundTrip(name: [UInt8]) {
        #expect(FileName.bytes(FileName.text(name)).map(UInt8.init(bitPattern:)) == name + [0])
    }

    @Test("no two names look alike, and names in UTF-8 stay as they are")
    func distinct() {
        #expect(Set(Self.names.map { FileName.text($0) }).count == Self.names.count)
        #expect(FileName.text(Array("Tür.jpg".utf8)) == "Tür.jpg")
    }

    @Test("people see a mark in the place of such a byte, JSON has it as other programs write it")
    func told() {
        let name = FileName.text([0x63, 0xE9, 0x2E])
        #expect(FileName.shown(name) == "c\u{FFFD}." && FileName.escaped(json: "\"\(name)\"") == #""c\udce9.""#)
        #expect(FileName.shown("Tür") == "Tür")
    }
}
