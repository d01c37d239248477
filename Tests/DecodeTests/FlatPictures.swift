import Base

/// JPEGs of one colour, of any size, in few bytes (ITU-T T.81).
enum FlatJPEG {
    private static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker] + big(payload.count + 2) + payload
    }

    private static func big(_ number: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    /// In 4:2:0.
    /// - Parameter scans: behind the first one, of a progressive picture.
    static func make(_ width: Int, _ height: Int, isProgressive: Bool, scans: Int = 0) -> [UInt8] {
        let units = ((width + 15) / 16) * ((height + 15) / 16)
        var bytes: [UInt8] = [0xFF, 0xD8] + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        bytes += segment(
            isProgressive ? 0xC2 : 0xC0, [8] + big(height) + big(width) + [3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0])
        // One bit says "no difference to the block before", or "nothing but the mean in this block".
        let counts: [UInt8] = [1, 1] + [UInt8](repeating: 0, count: 14)
        bytes += segment(0xC4, [0x00] + counts + [0, 1]) + segment(0xC4, [0x10] + counts + [0, 0xE0])
        bytes += segment(0xDA, [3, 1, 0, 2, 0, 3, 0, 0, isProgressive ? 0 : 63, 0])
        bytes += [UInt8](repeating: 0, count: units * 6 * (isProgressive ? 1 : 2) / 8 + 8)
        let blocks = ((width + 7) / 8) * ((height + 7) / 8)
        for _ in 0..<scans {
            bytes += segment(0xDA, [1, 1, 0, 1, 63, 0]) + [UInt8](repeating: 0, count: blocks / 8 + 8)
        }
        return bytes + [0xFF, 0xD9]
    }

    /// With EXIF that says only this.
    static func tagged(_ jpeg: [UInt8], _ orientation: Int) -> [UInt8] {
        let entry: [UInt8] = [0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
        return Array(jpeg.prefix(2)) + segment(0xE1, exif([entry])) + jpeg.dropFirst(2)
    }

    /// With EXIF of thousands of entries that all stand for the same long list of numbers.
    static func withManyEXIFEntries(_ jpeg: [UInt8]) -> [UInt8] {
        let entries = (0..<2600).map { index -> [UInt8] in
            [UInt8(index & 255), UInt8(0x90 | index >> 8), 3, 0, 0x98, 0x3A, 0, 0, 8, 0, 0, 0]
        }
        return Array(jpeg.prefix(2)) + segment(0xE1, exif(entries)) + jpeg.dropFirst(2)
    }

    private static func exif(_ entries: [[UInt8]]) -> [UInt8] {
        Array("Exif".utf8) + [
            0, 0, 0x49, 0x49, 42, 0, 8, 0, 0, 0, UInt8(entries.count & 255), UInt8(entries.count >> 8),
        ]
            + entries.flatMap { $0 } + [0, 0, 0, 0]
    }

    /// A plane of 8-bit samples as EXIF's table of orientations says that it is to be shown (EXIF 2.32, 4.6.4 A).
    static func upright(_ samples: [UInt8], _ size: PixelSize, _ orientation: Int) -> [UInt8] {
        let (width, height) = (size.width, size.height)
        let isTurned = orientation >= 5
        let (columns, rows) = isTurned ? (height, width) : (width, height)
        var shown: [UInt8] = []
        for y in 0..<rows {
            for x in 0..<columns {
                // Where in the stored picture the shown sample stands: rows and columns change places from 5 on.
                let (column, row) = isTurned ? (y, x) : (x, y)
                let fromRight = [2, 3, 7, 8].contains(orientation), fromBelow = [3, 4, 6, 7].contains(orientation)
                let (across, down) = (fromRight ? width - 1 - column : column, fromBelow ? height - 1 - row : row)
                shown.append(samples[down * width + across])
            }
        }
        return shown
    }
}

/// PNGs, without compression.
enum FlatPNG {
    private static func big(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// libavcodec does not look at the checksum.
    private static func chunk(_ name: String, _ payload: [UInt8]) -> [UInt8] {
        big(payload.count) + Array(name.utf8) + payload + [0, 0, 0, 0]
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static func start(_ width: Int, _ height: Int, _ bits: UInt8, _ colorType: UInt8) -> [UInt8] {
        signature + chunk("IHDR", big(width) + big(height) + [bits, colorType, 0, 0, 0])
    }

    /// Says its size, and holds nothing.
    static func header(_ width: Int, _ height: Int, bits: UInt8, colorType: UInt8) -> [UInt8] {
        start(width, height, bits, colorType) + chunk("IDAT", [1, 2, 3]) + chunk("IEND", [])
    }

    /// Grey, at most 200 bytes a row and 300 rows.
    static func make(_ width: Int, _ height: Int, extra: (name: String, payload: [UInt8])? = nil) -> [UInt8] {
        let rows = [UInt8](repeating: 0, count: (width + 1) * height)
        let (low, high) = (UInt8(rows.count & 255), UInt8(rows.count >> 8))
        // zlib: one stored block (RFC 1950, 1951), and the checksum of zeros.
        let sum = big((rows.count % 65521) << 16 | 1)
        let data: [UInt8] = [0x78, 0x01, 1, low, high, ~low, ~high] + rows + sum
        return start(width, height, 8, 0) + (extra.map { chunk($0.name, $0.payload) } ?? []) + chunk("IDAT", data)
            + chunk("IEND", [])
    }
}
