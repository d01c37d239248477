import Base

/// A picture to draw on: luma and both chromas in full, full range (FFmpeg `yuvj444p`). Whatever lies outside is cut.
struct Canvas {
    /// A colour in BT.601, full range.
    struct Color: Equatable {
        let y: UInt8
        let u: UInt8
        let v: UInt8

        init(red: Int, green: Int, blue: Int) {
            let (r, g, b) = (Float(red), Float(green), Float(blue))
            y = Self.byte(0.299 * r + 0.587 * g + 0.114 * b)
            u = Self.byte(128 - 0.168736 * r - 0.331264 * g + 0.5 * b)
            v = Self.byte(128 + 0.5 * r - 0.418688 * g - 0.081312 * b)
        }

        static let black = Color(red: 0, green: 0, blue: 0)
        static let white = Color(red: 255, green: 255, blue: 255)

        static func byte(_ x: Float) -> UInt8 { UInt8(max(0, min(255, x.rounded()))) }
    }

    let size: PixelSize
    private(set) var planes: [[UInt8]]

    /// A copy of `frame`, whatever its format.
    init(_ frame: Frame) {
        size = frame.size
        let parts = frame.format.components(of: frame.size).map { Self.fullSize($0, of: frame) }
        let count = frame.size.width * frame.size.height
        switch frame.format {
        case .rgb24: planes = Self.converted(red: parts[0], green: parts[1], blue: parts[2])
        case .gray8:
            let gray = [UInt8](repeating: 128, count: count)
            planes = [parts[0], gray, gray]
        case .yuv420p, .yuv422p, .yuv444p, .yuyv422, .nv12: planes = parts
        }
        guard !frame.isFullRange, frame.format != .rgb24 else { return }
        let luma = (0..<256).map { Color.byte((Float($0) - 16) * 255 / 219) }
        let chroma = (0..<256).map { Color.byte((Float($0) - 128) * 255 / 224 + 128) }
        planes = zip(planes, [luma, chroma, chroma]).map { plane, table in Self.looked(up: plane, in: table) }
    }

    /// Fills pixels in `x` and `y`, half-open.
    mutating func fill(x: Range<Int>, y: Range<Int>, _ color: Color) {
        let (columns, rows) = (x.clamped(to: 0..<size.width), y.clamped(to: 0..<size.height))
        for row in rows {
            for column in columns { set(row * size.width + column, color) }
        }
    }

    /// The outline of a box, `thickness` pixels wide, inside it.
    mutating func outline(x: Range<Int>, y: Range<Int>, thickness: Int, _ color: Color) {
        fill(x: x, y: y.prefix(thickness), color)
        fill(x: x, y: y.suffix(thickness), color)
        fill(x: x.prefix(thickness), y: y, color)
        fill(x: x.suffix(thickness), y: y, color)
    }

    /// A straight line between two pixels.
    mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int), thickness: Int, _ color: Color) {
        let steps = max(1, abs(b.x - a.x), abs(b.y - a.y))
        let half = thickness / 2
        for step in 0...steps {
            let x = a.x + (b.x - a.x) * step / steps - half
            let y = a.y + (b.y - a.y) * step / steps - half
            fill(x: x..<(x + thickness), y: y..<(y + thickness), color)
        }
    }

    /// Text with its top left corner at (`x`, `y`), each dot of the font `scale` pixels wide.
    mutating func write(_ text: String, x: Int, y: Int, scale: Int, _ color: Color) {
        for (index, character) in text.enumerated() {
            let left = x + index * PixelFont.advance * scale
            for (row, dots) in PixelFont.rows(of: character).enumerated() {
                for column in 0..<PixelFont.width where dots >> (PixelFont.width - 1 - column) & 1 == 1 {
                    let (dotX, dotY) = (left + column * scale, y + row * scale)
                    fill(x: dotX..<(dotX + scale), y: dotY..<(dotY + scale), color)
                }
            }
        }
    }

    /// The picture as a frame with the times of `original`; nil when the pool is empty.
    func frame(from pool: FramePool, like original: Frame) -> Frame? {
        unsafe pool.frame(
            .yuv444p, size, isFullRange: true, capturedAt: original.capturedAt, sequence: original.sequence
        ) { index, target, layout in
            for row in 0..<layout.rows {
                let start = row * size.width
                let samples = planes[index][start..<(start + size.width)]
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[(row * layout.stride)...]).copyBytes(
                    from: samples)
            }
        }
    }

    private mutating func set(_ index: Int, _ color: Color) {
        planes[0][index] = color.y
        planes[1][index] = color.u
        planes[2][index] = color.v
    }

    /// One component with a sample for every pixel.
    private static func fullSize(_ part: SampleComponent, of frame: Frame) -> [UInt8] {
        let size = frame.size
        // Samples stand for one or two pixels: a shift divides, and rows are walked without one.
        let (halvedAcross, halvedDown) = (part.pixelsAcross - 1, part.pixelsDown - 1)
        return unsafe frame.withPlane(part.plane) { bytes, layout in
            unsafe [UInt8](unsafeUninitializedCapacity: size.width * size.height) { target, count in
                for y in 0..<size.height {
                    let row = (y >> halvedDown) * layout.stride + part.offset
                    for x in 0..<size.width {
                        // SAFETY: the component's columns and rows lie inside the plane; the target holds every pixel.
                        unsafe target[y &* size.width &+ x] = bytes[row &+ (x >> halvedAcross) &* part.step]
                    }
                }
                count = size.width * size.height
            }
        }
    }

    private static func looked(up samples: [UInt8], in table: [UInt8]) -> [UInt8] {
        unsafe table.withUnsafeBufferPointer { table in
            // SAFETY: the table has 256 entries, one for each sample there can be.
            samples.map { unsafe table[Int($0)] }
        }
    }

    private static func converted(red: [UInt8], green: [UInt8], blue: [UInt8]) -> [[UInt8]] {
        var planes = [red, green, blue]
        for index in red.indices {
            let color = Color(red: Int(red[index]), green: Int(green[index]), blue: Int(blue[index]))
            planes[0][index] = color.y
            planes[1][index] = color.u
            planes[2][index] = color.v
        }
        return planes
    }
}
