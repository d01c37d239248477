package import Base

/// What became of a captured picture.
package enum DecodeOutcome: Sendable {
    case frame(Frame)
    case preview(LumaPreview)
    /// Every buffer of the pool is in use: the picture is dropped.
    case noBuffer
    /// Damaged: the picture is dropped.
    case corrupt(DecodeError)
}

/// Turns one camera's captured pictures into frames. Used by one thread.
package final class PictureDecoder {
    private let rotation: CameraSettings.Rotation
    private var upright: Upright { Upright(turn: rotation) }
    private let maker: FrameMaker
    private let stills: StillDecoder
    private let eighthMaker: FrameMaker
    /// Pictures dropped as damaged.
    package private(set) var corrupt: UInt64 = 0
    /// Pictures dropped because the pool was empty.
    package private(set) var noBuffer: UInt64 = 0

    /// - Parameter pool: for whole pictures; there may be as many previews beside them.
    /// - Throws: `.outOfMemory`.
    package init(pool: FramePool, rotation: CameraSettings.Rotation) throws(DecodeError) {
        self.rotation = rotation
        maker = FrameMaker(pool: pool)
        eighthMaker = FrameMaker(pool: FramePool(capacity: pool.capacity))
        stills = try StillDecoder()
    }

    /// - Parameter asPreview: nobody is expected to look at this picture: of a JPEG only the grey eighth is made, where that
    ///   is possible. Other formats need no decoding and become frames all the same.
    package func decode(_ picture: borrowing CapturedPicture, asPreview: Bool = false) -> DecodeOutcome {
        do throws(DecodeError) {
            if asPreview, isJPEG(picture) {
                switch try preview(of: picture) {
                case .made(let preview): return .preview(preview)
                case .noBuffer:
                    noBuffer += 1
                    return .noBuffer
                case .unsuitable: break
                }
            }
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
            return maker.frame(from: view, upright: upright, capturedAt: capturedAt, sequence: sequence)
        }
        guard isJPEG(picture) else {
            throw .corrupt("no decoder for \(picture.format)")
        }
        try unsafe stills.decodeJPEG(picture.bytes, mostPixels: PictureLimit.camera)
        defer { stills.clear() }
        // A camera's EXIF is not believed: the settings say how it hangs.
        return maker.frame(from: try stills.view(), upright: upright, capturedAt: capturedAt, sequence: sequence)
    }
}

// MARK: - Luma previews

extension PictureDecoder {
    private enum LumaPreviewOutcome {
        case made(LumaPreview)
        case noBuffer
        /// The eighth would not say the same as the whole picture.
        case unsuitable
    }

    private func isJPEG(_ picture: borrowing CapturedPicture) -> Bool {
        picture.format == .mjpg || picture.format == .jpeg
    }

    private func preview(of picture: borrowing CapturedPicture) throws(DecodeError) -> LumaPreviewOutcome {
        // Blocks that reach beyond the picture would be cells on one side or the other, as the picture is turned.
        let size = picture.size
        guard size.width % 8 == 0, size.height % 8 == 0 else { return .unsuitable }
        try unsafe stills.decodeJPEG(picture.bytes, mostPixels: PictureLimit.camera, lowres: 3)
        defer { stills.clear() }
        guard let luma = try stills.view().luma, luma.size.width * 8 == size.width, luma.size.height * 8 == size.height
        else { return .unsuitable }
        let made = eighthMaker.frame(
            from: luma, upright: upright, capturedAt: picture.capturedAt, sequence: picture.sequence)
        guard let made else { return .noBuffer }
        return unsafe .made(LumaPreview(luma: made, jpeg: [UInt8](picture.bytes), turn: rotation))
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
