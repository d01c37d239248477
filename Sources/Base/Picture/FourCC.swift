/// Four characters that name a sample or compression format, as V4L2 spells them; the first is the lowest byte
/// (`v4l2_fourcc` of `linux/videodev2.h`).
package struct FourCC: Sendable, Hashable, CustomStringConvertible {
    package let code: UInt32

    package init(code: UInt32) { self.code = code }

    /// Nil unless `text` is one to four printable ASCII characters; shorter ones are filled with blanks.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (1...4).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        let filled = bytes + [UInt8](repeating: 0x20, count: 4 - bytes.count)
        code = filled.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private init(_ a: Unicode.Scalar, _ b: Unicode.Scalar, _ c: Unicode.Scalar, _ d: Unicode.Scalar) {
        code = a.value | b.value << 8 | c.value << 16 | d.value << 24
    }

    /// Motion-JPEG as webcams say it.
    package static let mjpg = FourCC("M", "J", "P", "G")
    /// Single JPEGs; the same bytes as `mjpg`.
    package static let jpeg = FourCC("J", "P", "E", "G")
    package static let yuyv = FourCC("Y", "U", "Y", "V")
    package static let uyvy = FourCC("U", "Y", "V", "Y")
    package static let yvyu = FourCC("Y", "V", "Y", "U")
    package static let vyuy = FourCC("V", "Y", "U", "Y")
    package static let nv12 = FourCC("N", "V", "1", "2")
    package static let nv21 = FourCC("N", "V", "2", "1")
    /// Y plane, then one plane of U V pairs, one for each pixel.
    package static let nv24 = FourCC("N", "V", "2", "4")
    package static let nv42 = FourCC("N", "V", "4", "2")
    /// Planar Y, U, V, chroma halved both ways.
    package static let yu12 = FourCC("Y", "U", "1", "2")
    package static let grey = FourCC("G", "R", "E", "Y")
    /// Luma of 10 bits in two bytes; `y12`, `y14` and `y16` likewise.
    package static let y10 = FourCC("Y", "1", "0", " ")
    package static let y12 = FourCC("Y", "1", "2", " ")
    package static let y14 = FourCC("Y", "1", "4", " ")
    package static let y16 = FourCC("Y", "1", "6", " ")
    package static let rgb3 = FourCC("R", "G", "B", "3")
    /// Planar Y, U, V, chroma halved across.
    package static let yuv422p = FourCC("4", "2", "2", "P")
    /// H.264 with start codes, one picture in a buffer.
    package static let h264 = FourCC("H", "2", "6", "4")
    /// H.265, likewise.
    package static let hevc = FourCC("H", "E", "V", "C")

    /// `MJPG`; blanks at the end are cut and bytes that are not printable become `?`.
    package var description: String {
        var bytes = (0..<4).map { UInt8(truncatingIfNeeded: code >> ($0 * 8)) }
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
