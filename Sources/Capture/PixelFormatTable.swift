package import Base

/// One camera format that this program understands. To add one: a row here, and a row in `Decode`'s `RawLayout` or
/// `VideoCodec`.
package struct PixelFormatRow: Sendable, Equatable {
    package enum Route: Sendable, Equatable {
        /// Every picture is a JPEG of its own.
        case jpeg
        /// Samples as they are, in this layout.
        case raw(PixelFormat)
        /// A picture needs those before it, back to a key frame: none of them may be left out.
        case video
    }

    package let fourCC: FourCC
    package let name: String
    package let route: Route
    /// Lower is better up to 640x480, where raw pictures fit the bus and cost no decoding.
    package let rankSmall: Int
    /// Lower is better above 640x480: raw 1280x720 needs 55 MB/s at 30 fps, USB 2 carries 24 MB/s.
    package let rankLarge: Int
}

package enum PixelFormatTable {
    package static let rows: [PixelFormatRow] = [
        PixelFormatRow(fourCC: .mjpg, name: "Motion-JPEG", route: .jpeg, rankSmall: 4, rankLarge: 0),
        PixelFormatRow(fourCC: .jpeg, name: "JPEG", route: .jpeg, rankSmall: 5, rankLarge: 1),
        PixelFormatRow(fourCC: .nv12, name: "Y, UV 4:2:0", route: .raw(.nv12), rankSmall: 1, rankLarge: 2),
        PixelFormatRow(fourCC: .yu12, name: "planar YUV 4:2:0", route: .raw(.yuv420p), rankSmall: 2, rankLarge: 3),
        PixelFormatRow(fourCC: .yuyv, name: "YUYV 4:2:2", route: .raw(.yuyv422), rankSmall: 0, rankLarge: 4),
        PixelFormatRow(fourCC: .grey, name: "8-bit grey", route: .raw(.gray8), rankSmall: 3, rankLarge: 7),
        PixelFormatRow(
            fourCC: .yuv422p, name: "planar YUV 4:2:2", route: .raw(.yuv422p), rankSmall: 6, rankLarge: 5),
        PixelFormatRow(fourCC: .rgb3, name: "RGB", route: .raw(.rgb24), rankSmall: 7, rankLarge: 6),
        // Every picture has to be decoded as a whole, also those at which nobody looks.
        PixelFormatRow(fourCC: .h264, name: "H.264", route: .video, rankSmall: 8, rankLarge: 8),
        PixelFormatRow(fourCC: .hevc, name: "H.265", route: .video, rankSmall: 9, rankLarge: 9),
    ]

    /// For messages.
    static var names: String { rows.map { "\($0.fourCC)" }.joined(separator: ", ") }

    package static func row(of fourCC: FourCC) -> PixelFormatRow? { rows.first { $0.fourCC == fourCC } }
}

extension PixelFormatRow {
    /// Lower is better for pictures of `size`.
    func rank(at size: PixelSize) -> Int {
        size.width * size.height <= 640 * 480 ? rankSmall : rankLarge
    }

    /// Bytes per row of the first plane without padding; 0 for compressed formats.
    func rowBytes(at size: PixelSize) -> Int {
        switch route {
        case .jpeg, .video: 0
        case .raw(let format): format.planeLayout(of: size).first?.rowBytes ?? 0
        }
    }

    /// Bytes of a raw picture whose rows lie `stride` bytes apart in the first plane and, as V4L2 has it, in proportion
    /// in the others; nil for compressed formats.
    func byteCount(at size: PixelSize, stride: Int) -> Int? {
        guard case .raw(let format) = route else { return nil }
        let layout = format.planeLayout(of: size)
        guard let first = layout.first, first.rowBytes > 0 else { return nil }
        return layout.reduce(0) {
            $0 + V4L2Stride.ofPlane($1.rowBytes, first: first.rowBytes, stride: stride) * $1.rows
        }
    }

    /// The bus's load in bytes per second; JPEG is taken as a sixth of YUYV, typical of webcams, and video as a fortieth.
    func load(at size: PixelSize, fps: Double) -> Double {
        let bytes =
            switch route {
            case .jpeg: size.area / 3
            case .raw: byteCount(at: size, stride: rowBytes(at: size)) ?? 0
            case .video: size.area / 20
            }
        return Double(bytes) * fps
    }
}
