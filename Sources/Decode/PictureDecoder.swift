package import Base
import CLibAV

/// What became of a captured picture.
package enum DecodeOutcome: Sendable {
    case frame(Frame)
    /// Every buffer of the pool is in use: the picture is dropped.
    case noBuffer
    /// Damaged: the picture is dropped.
    case corrupt(DecodeError)
}

/// Turns one camera's captured pictures into frames. Used by one thread.
package final class PictureDecoder {
    private let rotation: CameraSettings.Rotation
    private let maker: FrameMaker
    private let stills: StillDecoder
    /// Pictures dropped as damaged.
    package private(set) var corrupt: UInt64 = 0
    /// Pictures dropped because the pool was empty.
    package private(set) var noBuffer: UInt64 = 0

    /// - Throws: when libavcodec has no MJPEG decoder or no memory.
    package init(pool: FramePool, rotation: CameraSettings.Rotation) throws(DecodeError) {
        self.rotation = rotation
        maker = FrameMaker(pool: pool)
        stills = try StillDecoder(AV_CODEC_ID_MJPEG, mostPixels: PictureLimit.camera)
    }

    package func decode(_ picture: borrowing CapturedPicture) -> DecodeOutcome {
        do throws(DecodeError) {
            guard let frame = try frame(of: picture) else {
                noBuffer += 1
                return .noBuffer
            }
            return .frame(frame)
        } catch {
            corrupt += 1
            return .corrupt(error)
        }
    }

    private func frame(of picture: borrowing CapturedPicture) throws(DecodeError) -> Frame? {
        let (capturedAt, sequence) = (picture.capturedAt, picture.sequence)
        if let format = RawLayout.format(of: picture.format) {
            let view = try PictureView.ofRaw(picture, format)
            return maker.frame(from: view, turn: rotation, capturedAt: capturedAt, sequence: sequence)
        }
        guard picture.format == .mjpg || picture.format == .jpeg else {
            throw .corrupt("no decoder for \(picture.format)")
        }
        try unsafe stills.decode(picture.bytes)
        defer { stills.clear() }
        // A camera's EXIF is not believed: the settings say how it hangs.
        return maker.frame(from: try stills.view(), turn: rotation, capturedAt: capturedAt, sequence: sequence)
    }
}

/// How the samples of V4L2's raw formats lie.
enum RawLayout {
    /// Nil for compressed and unknown formats.
    static func format(of fourCC: FourCC) -> PixelFormat? {
        switch fourCC {
        case .yuyv: .yuyv422
        case .nv12: .nv12
        case .yu12: .yuv420p
        case .grey: .gray8
        default: nil
        }
    }
}
