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

    /// 100 becomes 2, 1 becomes 31, evenly in between.
    static func quantizer(of quality: Int) -> Int { 2 + (100 - max(1, min(100, quality))) * 29 / 99 }
}
