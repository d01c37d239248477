import Base
import CLibAV

/// Decodes single JPEGs or PNGs. JPEGs without Huffman tables, as many webcams send them, get the standard ones
/// (ITU-T T.81, annex K.3) from libavcodec.
final class StillDecoder {
    private let decoder: DecoderHandle
    private let packet: PacketHandle
    private let picture: PictureHandle
    private var scaler: ScalerHandle

    /// - Parameter lowres: pictures come out at 1 / 2^lowres of their size (libavcodec decodes the low frequencies of each
    ///   block only), or whole where the decoder cannot do that.
    init(_ codec: AVCodecID, mostPixels: Int, lowres: Int = 0) throws(DecodeError) {
        decoder = try .stills(codec, mostPixels: mostPixels, lowres: lowres)
        packet = try .allocating()
        picture = try .allocating()
        scaler = try .allocating()
    }

    /// Decodes one picture, which `view` then shows until `clear`.
    /// - Throws: `.corrupt`; the decoder is ready for the next picture then.
    func decode(_ bytes: UnsafeRawBufferPointer) throws(DecodeError) {
        picture.clear()
        defer { packet.clear() }
        try unsafe packet.fill(with: bytes)
        do throws(DecodeError) {
            try decoder.send(packet)
            guard try decoder.receive(into: picture) == .picture else { throw .corrupt("no picture in it") }
            guard !picture.isDamaged else { throw .corrupt("parts of it are missing") }
        } catch {
            picture.clear()
            decoder.flush()
            throw error
        }
    }

    func clear() { picture.clear() }

    /// How the picture wants to be turned to stand upright.
    var uprightTurn: Turn { picture.uprightTurn }

    /// - Throws: `.corrupt` when there is no picture, `.libav` for formats that cannot be converted.
    func view() throws(DecodeError) -> PictureView {
        if let view = try picture.view() { return view }
        return try scaler.rgbView(of: picture)
    }
}
