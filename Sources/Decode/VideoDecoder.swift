import Base
import CLibAV

/// What cameras send as video. To add one: a case, and a row in `Capture`'s `PixelFormatTable`.
enum VideoCodec {
    case h264, hevc

    /// Nil for formats whose pictures need no others.
    init?(_ fourCC: FourCC) {
        switch fourCC {
        case .h264: self = .h264
        case .hevc: self = .hevc
        default: return nil
        }
    }

    fileprivate var libAV: AVCodecID {
        switch self {
        case .h264: AV_CODEC_ID_H264
        case .hevc: AV_CODEC_ID_HEVC
        }
    }
}

/// Decodes a camera's video, whose pictures need those before them. It begins with a key frame. When a picture was lost or
/// is damaged, those after it are damaged, too, until the next key frame. Used by one thread.
final class VideoDecoder {
    let codec: VideoCodec
    private let decoder: DecoderHandle
    private let packet: PacketHandle
    private let picture: PictureHandle
    private var scaler: ScalerHandle
    private var references = References.missing
    private var lastSequence: UInt64?

    /// A picture that `view` shows.
    struct Shown {
        let capturedAt: MonotonicTime
        let isDamaged: Bool
    }

    /// What the next picture is built on.
    private enum References: Equatable {
        /// There was no key frame yet.
        case missing
        case whole
        /// For so many pictures.
        case damaged(Int)
    }

    /// Cameras that never send a key frame again mend the picture in parts; by then all of them came.
    private static let mended = 300

    init(_ codec: VideoCodec) throws(DecodeError) {
        self.codec = codec
        decoder = try .live(codec.libAV, mostPixels: PictureLimit.camera)
        packet = try .allocating()
        picture = try .allocating()
        scaler = try .allocating()
    }

    /// - Returns: nil when it shows nothing: before the first key frame, and for parameters without a picture.
    /// - Throws: `.corrupt` for a damaged picture, unless damaged ones are used.
    func decode(_ captured: borrowing CapturedPicture) throws(DecodeError) -> Shown? {
        if let lastSequence, captured.sequence != lastSequence &+ 1 { noteDamage() }
        lastSequence = captured.sequence
        do throws(DecodeError) {
            guard try receive(captured) else { return nil }
        } catch {
            guard case .corrupt = error else { throw error }
            // What comes before the first key frame cannot be whole.
            if references == .missing { return nil }
            noteDamage()
            throw error
        }
        judge()
        if references == .missing { return nil }
        let isDamaged = references != .whole
        if isDamaged, !captured.mayBePartial { throw .corrupt("a picture before it was lost or damaged") }
        return Shown(
            capturedAt: picture.timestamp.map(MonotonicTime.init(nanoseconds:)) ?? captured.capturedAt,
            isDamaged: isDamaged)
    }

    private func receive(_ captured: borrowing CapturedPicture) throws(DecodeError) -> Bool {
        // Where pictures come in another order than they are shown in, two may come out at once: the older one is gone.
        while try decoder.receive(into: picture) == .picture {}
        try unsafe packet.fill(with: captured.bytes)
        packet.stamp(captured.capturedAt.nanoseconds)
        defer { packet.clear() }
        try decoder.send(packet)
        return try decoder.receive(into: picture) == .picture
    }

    private func judge() {
        if picture.isDamaged { return noteDamage() }
        // Without a key frame nothing comes out, unless it is whole all the same.
        if picture.isKeyFrame || references == .missing { return references = .whole }
        if case .damaged(let count) = references {
            references = count >= Self.mended ? .whole : .damaged(count + 1)
        }
    }

    private func noteDamage() {
        if references != .missing { references = .damaged(0) }
    }

    /// What was decoded last, until the next is.
    func view() throws(DecodeError) -> PictureView {
        if let view = try picture.view() { return view }
        return try scaler.rgbView(of: picture)
    }
}
