import Base
import CLibAV

/// Decodes single JPEGs and PNGs, each with a decoder of its own: libavcodec's keep Huffman tables and colour hints of
/// JPEGs, and add a PNG onto the one before it when both have the same size. No picture may change how another one looks.
/// A new decoder takes 0.02 ms.
///
/// JPEGs without Huffman tables, as many webcams send them, get the standard ones (ITU-T T.81, annex K.3).
final class StillDecoder {
    private let packet: PacketHandle
    private let picture: PictureHandle
    private var scaler: ScalerHandle
    private var scaled: PixelSize?

    init() throws(DecodeError) {
        packet = try .allocating()
        picture = try .allocating()
        scaler = try .allocating()
    }

    /// Decodes a camera's JPEG, which `view` then shows until `clear`.
    /// - Parameter lowres: the picture comes out at 1 / 2^lowres of its size (libavcodec decodes the low frequencies of
    ///   each block only).
    /// - Throws: `.corrupt` for damaged ones and for those of more than `mostPixels`.
    func decodeJPEG(_ bytes: UnsafeRawBufferPointer, mostPixels: Int, lowres: Int = 0) throws(DecodeError) {
        clear()
        try unsafe packet.fill(with: bytes)
        try decode(.stills(AV_CODEC_ID_MJPEG, mostPixels: mostPixels, lowres: lowres))
    }

    /// The same for one that may be damaged.
    /// - Returns: the share that is missing, 0...1: it is grey.
    /// - Throws: `.corrupt` when a quarter or more is.
    func decodePartialJPEG(_ bytes: UnsafeRawBufferPointer, mostPixels: Int, lowres: Int = 0) throws(DecodeError)
        -> Double
    {
        clear()
        try unsafe packet.fill(with: bytes)
        try decode(.partialStills(AV_CODEC_ID_MJPEG, mostPixels: mostPixels, lowres: lowres), refusesDamage: false)
        let missing = try picture.missingShare()
        guard missing < Self.mostMissing else {
            clear()
            throw .corrupt("\(Int(missing * 100)) % of it are missing")
        }
        return missing
    }

    private static let mostMissing = 0.25

    /// Decodes a file's picture, which `view` then shows until `clear`.
    /// - Parameters:
    ///   - file: what the header of `bytes` says.
    ///   - plan: of `file`.
    /// - Throws: `.corrupt`.
    func decode(_ file: StillFile, of bytes: [UInt8], _ plan: StillPlan) throws(DecodeError) {
        clear()
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(DecodeError) in try unsafe packet.fill(with: bytes, parts: file.parts) }
        }
        try result.get()
        // No more than what was measured, whatever else the file says further on. libavcodec counts padded rows.
        let padded = (file.width + 127) / 128 * 128 * file.height
        try decode(.stills(file.codec, mostPixels: padded, lowres: plan.lowres))
        scaled = plan.scaled
    }

    private func decode(_ decoder: consuming DecoderHandle, refusesDamage: Bool = true) throws(DecodeError) {
        defer { packet.clear() }
        do throws(DecodeError) {
            try decoder.send(packet)
            guard try decoder.receive(into: picture) == .picture else { throw .corrupt("no picture in it") }
            guard !refusesDamage || !picture.isDamaged else { throw .corrupt("parts of it are missing") }
        } catch {
            picture.clear()
            throw error
        }
    }

    func clear() {
        picture.clear()
        scaled = nil
    }

    /// - Throws: `.corrupt` when there is no picture, `.libav` for formats that cannot be converted.
    func view() throws(DecodeError) -> PictureView {
        if scaled == nil, let view = try picture.view() { return view }
        return try scaler.rgbView(of: picture, scaledTo: scaled)
    }
}
