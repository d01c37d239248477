import Glibc

/// A quick look at a JPEG from a camera without decoding it (ITU-T T.81, annex B).
enum JPEGScan {
    enum Verdict: Equatable {
        /// Everything from the first byte of SOI to the last of EOI is there.
        case whole(Range<Int>)
        /// It begins like a JPEG, from this byte on, and has no end.
        case endMissing(from: Int)
        case damaged
    }

    /// A JPEG with any picture in it is longer than this.
    static let leastBytes = 125
    /// Some cameras put a few bytes before the picture.
    private static let mostBytesBefore = 64

    /// Bytes before SOI and behind EOI do no harm, be they padding or what is left of an earlier picture.
    static func look(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        guard let start = unsafe start(of: bytes), bytes.count - start >= leastBytes else { return .damaged }
        if let end = unsafe quickEnd(of: bytes, from: start) ?? end(of: bytes, from: start) {
            return .whole(start..<end)
        }
        return .endMissing(from: start)
    }

    /// SOI, and the first byte of the marker behind it.
    private static func start(of bytes: UnsafeRawBufferPointer) -> Int? {
        (0..<max(0, min(mostBytesBefore, bytes.count - 2))).first {
            unsafe bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD8 && bytes[$0 + 2] == 0xFF
        }
    }

    /// EOI near the end of the bytes, where nearly every camera has it. Entropy-coded data stuffs every FF with 00, so FFD9
    /// cannot appear inside it.
    private static func quickEnd(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var end = bytes.count
        while end > start + leastBytes, unsafe bytes[end - 1] == 0 { end -= 1 }
        return (max(start + 2, end - 32)..<max(start + 2, end)).last {
            unsafe bytes[$0 - 1] == 0xFF && bytes[$0] == 0xD9
        }.map { $0 + 1 }
    }

    /// EOI wherever it is: marker by marker, over the segments, which may hold a thumbnail with an EOI of its own.
    private static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var at = start + 2
        while let marker = unsafe nextMarker(in: bytes, from: at) {
            switch unsafe bytes[marker + 1] {
            case 0xD9: return marker + 2
            // No length: TEM, RST0...RST7, SOI.
            case 0x01, 0xD0...0xD8: at = marker + 2
            default:
                guard marker + 3 < bytes.count else { return nil }
                at = unsafe marker + 2 + max(2, Int(bytes[marker + 2]) << 8 | Int(bytes[marker + 3]))
            }
        }
        return nil
    }

    /// The next FF that is followed by neither 00 nor FF.
    private static func nextMarker(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var at = start
        while at + 1 < bytes.count, let base = bytes.baseAddress,
            let found = unsafe memchr(base + at, 0xFF, bytes.count - 1 - at)
        {
            at = unsafe UnsafeRawPointer(found) - base
            if unsafe bytes[at + 1] != 0, unsafe bytes[at + 1] != 0xFF { return at }
            at += 1
        }
        return nil
    }
}
