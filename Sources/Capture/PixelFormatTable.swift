package import Base

/// One camera format that this program understands. To add one: a row here, and a row in Base's `RawLayout` or Decode's
/// `VideoCodec`.
package struct PixelFormatRow: Sendable, Equatable {
    package enum Route: Sendable, Equatable {
        /// Every picture is a JPEG of its own.
        case jpeg
        /// Samples as they are, in this layout.
        case raw(RawLayout)
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
    package static let rows: [PixelFormatRow] =
        [
            PixelFormatRow(fourCC: .mjpg, name: "Motion-JPEG", route: .jpeg, rankSmall: 4, rankLarge: 0),
            PixelFormatRow(fourCC: .jpeg, name: "JPEG", route: .jpeg, rankSmall: 5, rankLarge: 1),
            // Every picture has to be decoded as a whole, also those at which nobody looks.
            PixelFormatRow(fourCC: .h264, name: "H.264", route: .video, rankSmall: 18, rankLarge: 18),
            PixelFormatRow(fourCC: .hevc, name: "H.265", route: .video, rankSmall: 19, rankLarge: 19),
        ] + raw

    /// Those that frames have as they are come first; grey ones last, since they have lost the colours.
    private static let raw: [PixelFormatRow] = [
        (FourCC.nv12, "Y, UV 4:2:0", 1, 2),
        (.yu12, "planar YUV 4:2:0", 2, 3),
        (.yuyv, "YUYV 4:2:2", 0, 4),
        (.grey, "8-bit grey", 3, 13),
        (.yuv422p, "planar YUV 4:2:2", 6, 5),
        (.rgb3, "RGB", 7, 6),
        (.nv21, "Y, VU 4:2:0", 8, 7),
        (.uyvy, "UYVY 4:2:2", 9, 8),
        (.yvyu, "YVYU 4:2:2", 10, 9),
        (.vyuy, "VYUY 4:2:2", 11, 10),
        (.nv24, "Y, UV 4:4:4", 12, 11),
        (.nv42, "Y, VU 4:4:4", 13, 12),
        (.y10, "10-bit grey", 14, 14),
        (.y12, "12-bit grey", 15, 15),
        (.y14, "14-bit grey", 16, 16),
        (.y16, "16-bit grey", 17, 17),
    ].compactMap { fourCC, name, rankSmall, rankLarge in
        RawLayout.of(fourCC).map {
            PixelFormatRow(fourCC: fourCC, name: name, route: .raw($0), rankSmall: rankSmall, rankLarge: rankLarge)
        }
    }

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
        case .raw(let layout): layout.planes(of: size).first?.rowBytes ?? 0
        }
    }

    /// Bytes of a raw picture whose rows lie `stride` bytes apart in the first plane and, as V4L2 has it, in proportion
    /// in the others; nil for compressed formats.
    func byteCount(at size: PixelSize, stride: Int) -> Int? {
        guard case .raw(let layout) = route else { return nil }
        let planes = layout.planes(of: size)
        guard let first = planes.first, first.rowBytes > 0 else { return nil }
        return planes.reduce(0) {
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
