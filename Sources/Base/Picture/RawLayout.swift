/// How the samples of a raw V4L2 format lie in a camera's buffer (`linux/videodev2.h`), and what a `Frame` makes of them.
/// To add a format: a row here, and one in Capture's `PixelFormatTable`.
package struct RawLayout: Sendable, Equatable {
    /// What changes on the way into a frame.
    package enum Change: Sendable, Equatable {
        case none
        /// The plane of colour pairs has V before U.
        case swappedPairs
        /// Colour pairs, one for each pixel, become two planes. `isSwapped`: V comes before U.
        case splitPairs(isSwapped: Bool)
        /// Four bytes for two pixels, in another order than Y0 U Y1 V.
        case reordered(PackedOrder)
        /// Luma of so many bits in two bytes, the lower byte first; frames keep the highest 8 bits.
        case deepLuma(bits: Int)
    }

    /// The four bytes of two pixels, as V4L2 spells them.
    package enum PackedOrder: Sendable, Equatable {
        case uyvy
        case yvyu
        case vyuy
    }

    /// What the frame has.
    package let format: PixelFormat
    package let change: Change

    private init(_ format: PixelFormat, _ change: Change = .none) {
        self.format = format
        self.change = change
    }

    /// Nil for compressed and unknown formats.
    package static func of(_ fourCC: FourCC) -> RawLayout? { rows[fourCC] }

    private static let rows: [FourCC: RawLayout] = [
        .yuyv: RawLayout(.yuyv422),
        .uyvy: RawLayout(.yuyv422, .reordered(.uyvy)),
        .yvyu: RawLayout(.yuyv422, .reordered(.yvyu)),
        .vyuy: RawLayout(.yuyv422, .reordered(.vyuy)),
        .nv12: RawLayout(.nv12),
        .nv21: RawLayout(.nv12, .swappedPairs),
        .nv24: RawLayout(.yuv444p, .splitPairs(isSwapped: false)),
        .nv42: RawLayout(.yuv444p, .splitPairs(isSwapped: true)),
        .yu12: RawLayout(.yuv420p),
        .yuv422p: RawLayout(.yuv422p),
        .grey: RawLayout(.gray8),
        .y10: RawLayout(.gray8, .deepLuma(bits: 10)),
        .y12: RawLayout(.gray8, .deepLuma(bits: 12)),
        .y14: RawLayout(.gray8, .deepLuma(bits: 14)),
        .y16: RawLayout(.gray8, .deepLuma(bits: 16)),
        .rgb3: RawLayout(.rgb24),
    ]

    /// Planes in the camera's buffer without padding: `[(bytes per row, rows)]`.
    package func planes(of size: PixelSize) -> [(rowBytes: Int, rows: Int)] {
        switch change {
        case .none, .swappedPairs, .reordered: format.planeLayout(of: size)
        case .splitPairs: [(size.width, size.height), (size.width * 2, size.height)]
        case .deepLuma: [(size.width * 2, size.height)]
        }
    }
}
