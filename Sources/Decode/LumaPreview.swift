package import Base

/// A camera's JPEG of which only the grey eighth has been decoded: enough to see whether something moves, in two thirds of
/// the time. `LumaPreviewDecoder` makes the rest when somebody wants to look.
package struct LumaPreview: Sendable {
    /// The mean luma of each block of 8x8 pixels (`.gray8`), turned as the camera's settings say.
    package let luma: Frame
    fileprivate let jpeg: [UInt8]
    fileprivate let turn: CameraSettings.Rotation

    init(luma: Frame, jpeg: [UInt8], turn: CameraSettings.Rotation) {
        (self.luma, self.jpeg, self.turn) = (luma, jpeg, turn)
    }
}

/// What a camera or a clip showed, as far as it has been decoded.
package enum CameraPicture: Sendable {
    case frame(Frame)
    case preview(LumaPreview)

    package var capturedAt: MonotonicTime {
        switch self {
        case .frame(let frame): frame.capturedAt
        case .preview(let preview): preview.luma.capturedAt
        }
    }
}

/// Decodes what of a preview is missing. Used by one thread.
package final class LumaPreviewDecoder {
    private let maker: FrameMaker
    private let stills: StillDecoder

    /// - Throws: `.outOfMemory`.
    package init(pool: FramePool) throws(DecodeError) {
        maker = FrameMaker(pool: pool)
        stills = try StillDecoder()
    }

    /// The whole picture; nil when every buffer of the pool is in use.
    /// - Throws: `.corrupt` for damage that the eighth did not show.
    package func frame(of picture: CameraPicture) throws(DecodeError) -> Frame? {
        switch picture {
        case .frame(let frame): return frame
        case .preview(let preview):
            let luma = preview.luma
            let result = unsafe preview.jpeg.withUnsafeBytes { bytes in
                Result { () throws(DecodeError) in try unsafe stills.decodeJPEG(bytes, mostPixels: PictureLimit.camera)
                }
            }
            try result.get()
            defer { stills.clear() }
            return maker.frame(
                from: try stills.view(), upright: Upright(turn: preview.turn), capturedAt: luma.capturedAt,
                sequence: luma.sequence)
        }
    }
}
