/// How the samples of a `Frame` lie in its planes. Named as FFmpeg names them.
package enum PixelFormat: String, Sendable, CaseIterable {
    /// Planar Y, U, V; chroma halved both ways (FFmpeg `yuv420p`).
    case yuv420p
    /// Planar Y, U, V; chroma halved across (FFmpeg `yuv422p`).
    case yuv422p
    /// Planar Y, U, V; chroma in full (FFmpeg `yuv444p`).
    case yuv444p
    /// Packed Y0 U Y1 V, one plane (V4L2 `YUYV`).
    case yuyv422
    /// Y plane, then one plane of interleaved U V, halved both ways (V4L2 `NV12`).
    case nv12
    /// Luma only (V4L2 `GREY`).
    case gray8
    /// Packed R G B, one plane.
    case rgb24

    /// Planes of a picture of `size` without padding: `[(bytes per row, rows)]`.
    package func planeLayout(of size: PixelSize) -> [(rowBytes: Int, rows: Int)] {
        let (width, height) = (size.width, size.height)
        let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
        switch self {
        case .yuv420p: return [(width, height), (halfWidth, halfHeight), (halfWidth, halfHeight)]
        case .yuv422p: return [(width, height), (halfWidth, height), (halfWidth, height)]
        case .yuv444p: return [(width, height), (width, height), (width, height)]
        case .yuyv422: return [(halfWidth * 4, height)]
        case .nv12: return [(width, height), (halfWidth * 2, halfHeight)]
        case .gray8: return [(width, height)]
        case .rgb24: return [(width * 3, height)]
        }
    }
}

/// Width and height of a picture in pixels, each in 1...16384.
package struct PixelSize: Sendable, Hashable, CustomStringConvertible {
    package let width: Int
    package let height: Int

    package static let largestSide = 16384

    /// Nil when a side lies outside 1...16384.
    package init?(width: Int, height: Int) {
        guard (1...Self.largestSide).contains(width), (1...Self.largestSide).contains(height) else { return nil }
        self.width = width
        self.height = height
    }

    /// `1280x720`; nil for another text.
    package init?(_ text: String) {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1] else { return nil }
        self.init(width: width, height: height)
    }

    package var description: String { "\(width)x\(height)" }
}
