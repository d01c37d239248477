import Base

/// What a JPEG says about itself (ITU-T T.81, annex B), and the parts of it that make the picture.
///
/// Comments, thumbnails and everything else that programs put into JPEGs are passed over: nothing of it reaches
/// libavcodec, whose reading of EXIF takes a gigabyte for 64 KB that are made for it.
struct JPEGFile: Equatable {
    /// One of the picture's components (brightness, a colour) and how densely it is sampled: 1...4.
    struct Component: Equatable {
        let across: Int
        let down: Int
    }

    private(set) var width = 0
    private(set) var height = 0
    private(set) var components: [Component] = []
    /// All coefficients are kept until the last scan has come.
    private(set) var isProgressive = false
    private(set) var upright = Upright()
    /// Where what makes the picture lies, in order.
    private(set) var parts: [Range<Int>] = []
    /// Behind the end mark; nil without one.
    private(set) var end: Int?
    /// More JPEGs in the file belong to this picture: a smaller one, or one of brightnesses (CIPA DC-007).
    private(set) var isMultiPicture = false
    private var scans = 0
    private var knowsUpright = false

    /// Real encoders need ten. Each costs a walk over the whole picture, however few bytes it has.
    static let mostScans = 100

    /// - Throws: `.corrupt` for bytes that are no JPEG, and for kinds of it that are not read here.
    init(reading bytes: [UInt8]) throws(DecodeError) {
        guard bytes.starts(with: [0xFF, 0xD8]) else { throw .corrupt("it does not begin like a JPEG") }
        parts = [0..<2]
        var place = 2
        while let marker = Self.marker(in: bytes, from: place) {
            switch bytes[marker + 1] {
            case 0xD9 where !components.isEmpty:
                parts.append(marker..<marker + 2)
                end = marker + 2
                return
            case 0x01, 0xD0...0xD9: place = marker + 2
            default:
                guard let segment = Self.segment(in: bytes, at: marker) else { throw .corrupt("it is cut off") }
                place = try note(segment, of: bytes[marker + 1], in: bytes)
            }
        }
        guard !components.isEmpty else { throw .corrupt("no picture in it") }
    }

    /// The place of the next marker: 0xFF and a byte that is neither stuffing (0) nor filling (0xFF).
    private static func marker(in bytes: [UInt8], from start: Int) -> Int? {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == 0xFF, bytes[place + 1] != 0, bytes[place + 1] != 0xFF { return place }
            place += 1
        }
        return nil
    }

    /// From a marker to the end of its payload; nil when the file ends before it.
    private static func segment(in bytes: [UInt8], at marker: Int) -> Range<Int>? {
        guard marker + 3 < bytes.count else { return nil }
        let length = Int(bytes[marker + 2]) << 8 | Int(bytes[marker + 3])
        guard length >= 2, marker + 2 + length <= bytes.count else { return nil }
        return marker..<marker + 2 + length
    }

    /// - Returns: where to look for the next marker.
    private mutating func note(_ segment: Range<Int>, of marker: UInt8, in bytes: [UInt8]) throws(DecodeError) -> Int {
        let payload = bytes[segment.lowerBound + 4..<segment.upperBound]
        switch marker {
        case 0xC0, 0xC1, 0xC2: try noteFrame(payload, isProgressive: marker == 0xC2)
        case 0xC4: try Self.check(payload, Self.areHuffmanTables(payload))
        case 0xDB: try Self.check(payload, Self.areQuantizationTables(payload))
        case 0xDD: try Self.check(payload, payload.count == 2)
        case 0xDA: return try noteScan(segment, payload, in: bytes)
        case 0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
            throw .corrupt("it is a lossless or arithmetically coded JPEG, which is not read here")
        case 0xEE where payload.starts(with: Array("Adobe".utf8)) && payload.count <= 64: break
        case 0xFE where payload.starts(with: Array("CS=ITU601".utf8)) && payload.count <= 16: break
        case 0xE1:
            if !knowsUpright, let found = Upright(exif: payload) { (upright, knowsUpright) = (found, true) }
            return segment.upperBound
        case 0xE2:
            isMultiPicture = isMultiPicture || payload.starts(with: Array("MPF".utf8) + [0])
            return segment.upperBound
        default: return segment.upperBound
        }
        parts.append(segment)
        return segment.upperBound
    }

    private mutating func noteFrame(_ payload: ArraySlice<UInt8>, isProgressive: Bool) throws(DecodeError) {
        guard components.isEmpty else { throw .corrupt("it says its size twice") }
        let header = Array(payload)
        guard header.count >= 6, header[0] == 8, (1...4).contains(header[5]), header.count == 6 + 3 * Int(header[5])
        else { throw .corrupt("its header is no 8-bit JPEG's") }
        height = Int(header[1]) << 8 | Int(header[2])
        width = Int(header[3]) << 8 | Int(header[4])
        self.isProgressive = isProgressive
        components = stride(from: 7, to: header.count, by: 3).map {
            Component(across: Int(header[$0] >> 4), down: Int(header[$0] & 15))
        }
        guard width > 0, height > 0,
            components.allSatisfy({ (1...4).contains($0.across) && (1...4).contains($0.down) })
        else { throw .corrupt("its header gives no size or no sampling") }
    }

    /// A scan's header and what follows it up to the next marker.
    private mutating func noteScan(_ segment: Range<Int>, _ payload: ArraySlice<UInt8>, in bytes: [UInt8])
        throws(DecodeError) -> Int
    {
        try Self.check(payload, !components.isEmpty && payload.count == 4 + 2 * Int(payload.first ?? 0))
        scans += 1
        guard scans <= Self.mostScans else { throw .corrupt("it has more than \(Self.mostScans) scans") }
        var end = Self.marker(in: bytes, from: segment.upperBound)
        while let restart = end, (0xD0...0xD7).contains(bytes[restart + 1]) {
            end = Self.marker(in: bytes, from: restart + 2)
        }
        parts.append(segment.lowerBound..<(end ?? bytes.count))
        return end ?? bytes.count
    }

    // MARK: - Segments that are exactly what they should be

    /// libavcodec looks for markers in what it does not need of a segment.
    private static func check(_ payload: ArraySlice<UInt8>, _ isExact: Bool) throws(DecodeError) {
        guard isExact else { throw .corrupt("a table of it is damaged") }
    }

    /// 65 bytes each, or 129 with 16-bit numbers (B.2.4.1).
    private static func areQuantizationTables(_ payload: ArraySlice<UInt8>) -> Bool {
        var rest = payload
        while let head = rest.first {
            let count = head >> 4 == 0 ? 65 : 129
            guard rest.count >= count else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A head, 16 counts, and as many symbols (B.2.4.2).
    private static func areHuffmanTables(_ payload: ArraySlice<UInt8>) -> Bool {
        var rest = payload
        while !rest.isEmpty {
            let count = 17 + rest.dropFirst().prefix(16).reduce(0) { $0 + Int($1) }
            guard count <= 17 + 256, rest.count >= count else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension JPEGFile {
    /// Bytes that libavcodec takes to decode it at 1 / 2^`lowres` of its size.
    func decodingBytes(lowres: Int) -> Int {
        let (across, down) = (components.map(\.across).max() ?? 1, components.map(\.down).max() ?? 1)
        let units = ((width + 8 * across - 1) / (8 * across)) * ((height + 8 * down - 1) / (8 * down))
        let blocks = components.reduce(0) { $0 + units * $1.across * $1.down }
        // A block has 64 coefficients of two bytes, and a byte that says how many there are.
        let coefficients = isProgressive ? blocks * 129 : 0
        // Rows and edges are padded.
        let (columns, rows) = ((width >> lowres) + 64, (height >> lowres) + 32)
        let isHalved =
            components.count == 3 && across == 2 && down == 2 && components[1...].allSatisfy { $0 == .single }
        return coefficients + columns * rows * (isHalved ? 3 : 2 * components.count) / 2
    }

    /// libavcodec gives it in a format that has to be converted.
    var needsConversion: Bool { components.count == 4 }
}

extension JPEGFile.Component {
    fileprivate static let single = JPEGFile.Component(across: 1, down: 1)
}
