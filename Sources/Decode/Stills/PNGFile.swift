import Base

/// What a PNG says about itself (W3C PNG, third edition), and the parts of it that make the picture.
///
/// Texts, colour profiles and animations are passed over: libavcodec inflates them without a bound.
struct PNGFile: Equatable {
    let width: Int
    let height: Int
    /// 1, 2, 4, 8 or 16.
    private let bitsPerSample: Int
    private let samplesPerPixel: Int
    private let hasPalette: Bool
    private(set) var hasTransparency = false
    /// Where what makes the picture lies, in order.
    private(set) var parts: [Range<Int>] = []

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let wanted = Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"].map { Array($0.utf8) })

    /// - Throws: `.corrupt` for bytes that are no PNG, and for one that is cut off.
    init(reading bytes: [UInt8]) throws(DecodeError) {
        guard bytes.starts(with: Self.signature), let first = Self.chunk(in: bytes, at: 8), first.name == Self.header,
            first.payload.count == 13
        else { throw .corrupt("it does not begin like a PNG") }
        let header = Array(bytes[first.payload])
        width = Self.number(header, at: 0)
        height = Self.number(header, at: 4)
        bitsPerSample = Int(header[8])
        guard let samples = Self.samples[header[9]], samples.bits.contains(bitsPerSample), width > 0, height > 0,
            width <= Int32.max, height <= Int32.max
        else { throw .corrupt("its header is no PNG's") }
        samplesPerPixel = samples.count
        hasPalette = header[9] == 3
        try collect(bytes)
    }

    private mutating func collect(_ bytes: [UInt8]) throws(DecodeError) {
        parts = [0..<8]
        var (place, hasSeenHeader, hasSamples) = (8, false, false)
        while let chunk = Self.chunk(in: bytes, at: place) {
            let isHeader = chunk.name == Self.header
            // One header only: what counts is what was measured.
            if Self.wanted.contains(chunk.name), !(isHeader && hasSeenHeader) { parts.append(place..<chunk.end) }
            hasSeenHeader = hasSeenHeader || isHeader
            hasSamples = hasSamples || chunk.name == Array("IDAT".utf8)
            hasTransparency = hasTransparency || chunk.name == Array("tRNS".utf8)
            place = chunk.end
            if chunk.name == Array("IEND".utf8) { break }
        }
        guard hasSamples else { throw .corrupt("no picture in it") }
        guard place >= bytes.count || Self.isWhole(parts.last, in: bytes) else { throw .corrupt("it is cut off") }
    }

    private static let header = Array("IHDR".utf8)
    /// Colour type -> samples of a pixel, and how many bits they may have (table 11.1).
    private static let samples: [UInt8: (count: Int, bits: Set<Int>)] = [
        0: (1, [1, 2, 4, 8, 16]), 2: (3, [8, 16]), 3: (1, [1, 2, 4, 8]), 4: (2, [8, 16]), 6: (4, [8, 16]),
    ]

    private static func isWhole(_ last: Range<Int>?, in bytes: [UInt8]) -> Bool {
        last.map { Array(bytes[$0].dropFirst(4).prefix(4)) == Array("IEND".utf8) } ?? false
    }

    private struct Chunk {
        let name: [UInt8]
        let payload: Range<Int>
        /// Behind its checksum.
        let end: Int
    }

    /// Nil when the file ends before the chunk does.
    private static func chunk(in bytes: [UInt8], at place: Int) -> Chunk? {
        guard place + 12 <= bytes.count else { return nil }
        let length = number(bytes, at: place)
        guard length <= bytes.count - place - 12 else { return nil }
        return Chunk(
            name: Array(bytes[place + 4..<place + 8]), payload: place + 8..<place + 8 + length,
            end: place + 12 + length)
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

extension PNGFile {
    /// Bytes that libavcodec takes to decode it. It knows no way to decode a part.
    var decodingBytes: Int {
        let samples = samplesPerPixel + (hasTransparency && !hasPalette ? 1 : 0)
        return (width + 64) * height * samples * (bitsPerSample == 16 ? 2 : 1)
    }
}
