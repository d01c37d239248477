package import Base

/// Makes JPEGs of frames, for snapshots and messages. Used by one thread.
package final class JPEGEncoder {
    private var scaler: ScalerHandle
    private let packet: PacketHandle

    package init() throws(DecodeError) {
        scaler = try .allocating()
        packet = try .allocating()
    }

    /// - Parameters:
    ///   - quality: 1 (smallest) ... 100 (best); others are moved to the nearer end.
    ///   - crop: the part of the frame to keep; what lies outside the frame is ignored, and a part without area is taken
    ///     for the whole frame.
    ///   - mostSide: the longer side of the result in pixels; larger pictures are made smaller.
    /// - Returns: a baseline JPEG (4:2:0, full range).
    package func encode(
        _ frame: Frame, quality: Int = 80, crop: NormalizedBox? = nil, mostSide: Int = PixelSize.largestSide
    ) throws(DecodeError) -> [UInt8] {
        let part = PixelCrop(of: frame.size, box: crop)
        let (width, height) = part.size(mostSide: mostSide)
        try frame.withView { (view) throws(DecodeError) in
            guard let view = view.cropped(to: part) else { throw .corrupt("a crop of \(part.width)x\(part.height)") }
            try scaler.makeJPEGSamples(of: view, width: width, height: height)
        }
        let encoder = try EncoderHandle.jpeg(width: width, height: height, quantizer: Self.quantizer(of: quality))
        defer { packet.clear() }
        try encoder.encode(scaler.result, into: packet)
        return packet.bytes
    }

    /// As `encode`, and not larger than `mostBytes`: first the quality goes, then the size.
    /// - Returns: nil when even a thumbnail is larger.
    package func encode(
        _ frame: Frame, mostSide: Int, mostBytes: Int
    ) throws(DecodeError) -> [UInt8]? {
        let side = min(mostSide, max(frame.size.width, frame.size.height))
        for (part, quality) in Self.sizes {
            let bytes = try encode(frame, quality: quality, mostSide: max(16, Int(Double(side) * part)))
            if bytes.count <= mostBytes { return bytes }
        }
        return nil
    }

    /// Shares of the longer side with a quality, from the best to the last that still shows something.
    private static let sizes = [(1.0, 80), (1.0, 60), (0.75, 60), (0.5, 55), (0.375, 45), (0.25, 35), (0.125, 25)]

    /// 100 becomes 2, 1 becomes 31, evenly in between.
    static func quantizer(of quality: Int) -> Int { 2 + (100 - max(1, min(100, quality))) * 29 / 99 }
}
