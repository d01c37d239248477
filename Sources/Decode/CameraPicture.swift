package import Base
import Synchronization

/// What a camera or a clip showed: a JPEG as the camera sent it, decoded as far as somebody has asked, or a frame. Counted
/// by reference; a `PictureDecoder` makes each form of it at most once, and whoever comes later gets the same one.
package final class CameraPicture: Sendable {
    /// A JPEG from a camera.
    struct JPEG: Sendable {
        let bytes: [UInt8]
        /// What was negotiated; the JPEG may say otherwise and is then right.
        let size: PixelSize
        let pool: PicturePool
        /// What of it is there may be used, though it is damaged.
        let mayBePartial: Bool
    }

    /// What has been decoded.
    struct Forms: Sendable {
        var whole: Frame?
        var eighth: Frame?
        /// Found when it was decoded; it is not tried again.
        var damage: DecodeError?
        /// Some of it is missing, and grey.
        var isPartial = false

        var preview: LumaPreview? {
            if let eighth { return LumaPreview(frame: eighth, isEighth: true) }
            return whole.map { LumaPreview(frame: $0, isEighth: false) }
        }
    }

    /// When the sensor (or the clip) showed it.
    package let capturedAt: MonotonicTime
    /// Counts pictures of one source; gaps are pictures that the source lost.
    package let sequence: UInt64
    /// Nil for what came as a frame.
    let jpeg: JPEG?
    private let forms: Mutex<Forms>
    private let place: PicturePool.Place?
    /// As a JPEG file, when somebody has asked for it.
    private let file = Mutex<[UInt8]?>(nil)

    /// A picture of a clip, which is bounded by the frame's own pool.
    package convenience init(_ frame: Frame) { self.init(frame, place: nil) }

    init(_ frame: Frame, isPartial: Bool = false, place: PicturePool.Place?) {
        (capturedAt, sequence, jpeg) = (frame.capturedAt, frame.sequence, nil)
        forms = Mutex(Forms(whole: frame, isPartial: isPartial))
        self.place = place
    }

    init(_ jpeg: JPEG, capturedAt: MonotonicTime, sequence: UInt64, place: PicturePool.Place) {
        (self.capturedAt, self.sequence, self.jpeg) = (capturedAt, sequence, jpeg)
        forms = Mutex(Forms())
        self.place = place
    }

    /// Holds a lock while `body` decodes, so that nobody decodes the same form a second time: only threads of our own and
    /// the queue of snapshots wait for it, never async code.
    func withForms<R: Sendable>(_ body: (inout Forms) throws(DecodeError) -> R) throws(DecodeError) -> R {
        try forms.withLock { (forms) throws(DecodeError) in try body(&forms) }
    }

    /// The whole picture has been decoded.
    package var isWhole: Bool { forms.withLock { $0.whole != nil } }

    /// Some of it is missing, as far as it has been decoded.
    package var isPartial: Bool { forms.withLock(\.isPartial) }

    /// What motion is looked for in; nil before anything has been decoded.
    package var preview: LumaPreview? { forms.withLock(\.preview) }

    /// The picture as a JPEG file, the same for everybody who asks: the camera's own bytes where they can be used, without a
    /// second loss of quality and without the work of making one.
    /// - Parameter encode: makes the file of pictures that came as frames, and of those of a camera that does not hang
    ///   upright. Nobody who looks at the picture waits for it.
    package func sharedJPEG(or encode: () throws -> [UInt8]?) rethrows -> [UInt8]? {
        if let made = file.withLock({ $0 }) { return made }
        let made = try ownJPEG ?? encode()
        file.withLock { $0 = made }
        return made
    }

    /// The camera's own bytes as a JPEG file.
    /// - Returns: nil for pictures that have to be encoded.
    package var ownJPEG: [UInt8]? {
        guard let jpeg, jpeg.pool.rotation == .none else { return nil }
        return try? StandaloneJPEG.file(of: jpeg.bytes)
    }
}

/// Enough of a picture to see whether something moves.
package struct LumaPreview: Sendable {
    /// Upright, as the camera's settings say.
    package let frame: Frame
    /// The frame holds the mean luma of each block of 8x8 pixels (`.gray8`), which takes a third less to decode; else it is
    /// the whole picture.
    package let isEighth: Bool
}
