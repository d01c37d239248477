import Base

/// How a stored picture is made upright: mirrored left to right first, where it must be, and then turned clockwise.
struct Upright: Equatable {
    var isMirrored = false
    var turn = Turn.none

    /// The same with another turn on top.
    func then(_ next: Turn) -> Upright { Upright(isMirrored: isMirrored, turn: turn.then(next)) }
}

extension Upright {
    /// By EXIF's tag Orientation (EXIF 2.32, 4.6.4): 1...8; any other number says nothing.
    init(orientation: Int) {
        switch orientation {
        case 2: self.init(isMirrored: true)
        case 3: self.init(turn: .half)
        case 4: self.init(isMirrored: true, turn: .half)
        case 5: self.init(isMirrored: true, turn: .left)
        case 6: self.init(turn: .right)
        case 7: self.init(isMirrored: true, turn: .right)
        case 8: self.init(turn: .left)
        default: self.init()
        }
    }

    /// By the payload of a JPEG's APP1 segment; nil when it is not EXIF's or does not say.
    init?(exif payload: ArraySlice<UInt8>) {
        let name: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]  // "Exif", 0, 0
        guard payload.starts(with: name),
            let orientation = TIFFHeader(Array(payload.dropFirst(name.count).prefix(TIFFHeader.mostBytes)))?.orientation
        else { return nil }
        self.init(orientation: orientation)
    }
}

/// The start of a TIFF file, as EXIF has it (TIFF 6.0, section 2): the one number in its first directory that matters here.
private struct TIFFHeader {
    /// A JPEG's segment is not longer.
    static let mostBytes = 65_535
    private static let orientationTag = 0x0112
    private let bytes: [UInt8]
    private let isLittleEndian: Bool

    init?(_ bytes: [UInt8]) {
        switch bytes.prefix(2) {
        case [0x49, 0x49]: isLittleEndian = true
        case [0x4D, 0x4D]: isLittleEndian = false
        default: return nil
        }
        self.bytes = bytes
        guard number(at: 2, bytes: 2) == 42 else { return nil }
    }

    /// Nil when the directory is cut off or does not have it.
    var orientation: Int? {
        guard let start = number(at: 4, bytes: 4), let count = number(at: start, bytes: 2) else { return nil }
        for index in 0..<count {
            let entry = start + 2 + 12 * index
            guard let tag = number(at: entry, bytes: 2) else { return nil }
            // A SHORT (3): its value stands in the entry.
            if tag == Self.orientationTag, number(at: entry + 2, bytes: 2) == 3 {
                return number(at: entry + 8, bytes: 2)
            }
        }
        return nil
    }

    private func number(at offset: Int, bytes count: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        let part = bytes[offset..<offset + count]
        return (isLittleEndian ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
    }
}
