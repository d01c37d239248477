package import Base

/// What became of a captured picture.
package enum DecodeOutcome: Sendable {
    case picture(CameraPicture)
    /// The pool has no room: the picture is dropped, and counted there.
    case noRoom
    /// Damaged: the picture is dropped.
    case corrupt(DecodeError)
    /// A part of a video that shows nothing by itself: it came before the first key frame, or has no picture in it.
    case unfinished
}

/// How much of a picture is decoded.
package enum PictureForm: Sendable, Equatable {
    /// Nothing, for JPEGs. What comes raw becomes a frame all the same.
    case asSent
    /// What shows motion.
    case preview
    case whole
}

/// Makes pictures of what cameras send, and decodes them. Used by one thread; several threads, each with its own, may have
/// the same picture. A camera that is opened anew needs a new one: its video begins again.
package final class PictureDecoder {
    private let maker = FrameMaker()
    private let converter = RawConverter()
    private let stills: StillDecoder
    private var video: VideoDecoder?

    /// - Throws: `.outOfMemory`.
    package init() throws(DecodeError) { stills = try StillDecoder() }

    /// Takes a picture out of the driver's buffer.
    /// - Parameters:
    ///   - pool: of the camera, which says how it hangs.
    ///   - form: what of it is decoded at once.
    package func take(
        _ captured: borrowing CapturedPicture, into pool: PicturePool, as form: PictureForm
    ) -> DecodeOutcome {
        do throws(DecodeError) {
            if let codec = VideoCodec(captured.format) { return try take(captured, of: codec, into: pool) }
            guard let picture = try picture(of: captured, in: pool), try decode(picture, as: form) else {
                return .noRoom
            }
            return .picture(picture)
        } catch {
            return .corrupt(error)
        }
    }

    /// Each picture of a video is decoded as a whole, whoever looks at it: those after it need it.
    private func take(
        _ captured: borrowing CapturedPicture, of codec: VideoCodec, into pool: PicturePool
    ) throws(DecodeError) -> DecodeOutcome {
        let video = if let video, video.codec == codec { video } else { try VideoDecoder(codec) }
        self.video = video
        guard let shown = try video.decode(captured) else { return .unfinished }
        guard let place = pool.place(forBytes: 0) else { return .noRoom }
        let frame = maker.frame(
            from: try video.view(), upright: Upright(turn: pool.rotation), capturedAt: shown.capturedAt,
            sequence: captured.sequence, in: pool.frames)
        guard let frame else {
            pool.noteRefused()
            return .noRoom
        }
        return .picture(CameraPicture(frame, isPartial: shown.isDamaged, place: place))
    }

    /// Decodes it, unless somebody has.
    /// - Returns: false and counted when its pool has no room.
    /// - Throws: `.corrupt`.
    package func decode(_ picture: CameraPicture, as form: PictureForm) throws(DecodeError) -> Bool {
        switch form {
        case .asSent: true
        case .preview: try preview(of: picture) != nil
        case .whole: try frame(of: picture) != nil
        }
    }

    private func picture(
        of captured: borrowing CapturedPicture, in pool: PicturePool
    ) throws(DecodeError) -> CameraPicture? {
        let (capturedAt, sequence) = (captured.capturedAt, captured.sequence)
        if let layout = RawLayout.of(captured.format) {
            let sent = try RawPicture(captured, layout)
            guard let place = pool.place(forBytes: 0) else { return nil }
            let frame = converter.withView(of: sent) { view in
                maker.frame(
                    from: view, upright: Upright(turn: pool.rotation), capturedAt: capturedAt, sequence: sequence,
                    in: pool.frames)
            }
            if frame == nil { pool.noteRefused() }
            return frame.map { CameraPicture($0, place: place) }
        }
        guard captured.format == .mjpg || captured.format == .jpeg else {
            throw .corrupt("no decoder for \(captured.format)")
        }
        guard let place = unsafe pool.place(forBytes: captured.bytes.count) else { return nil }
        let jpeg = unsafe CameraPicture.JPEG(
            bytes: [UInt8](captured.bytes), size: captured.size, pool: pool, mayBePartial: captured.mayBePartial)
        return CameraPicture(jpeg, capturedAt: capturedAt, sequence: sequence, place: place)
    }

    // MARK: - Forms

    /// The whole picture; nil and counted when its pool has no room.
    /// - Throws: `.corrupt`, also for damage that a preview did not show.
    package func frame(of picture: CameraPicture) throws(DecodeError) -> Frame? {
        try picture.withForms { (forms) throws(DecodeError) in
            if forms.whole == nil { try makeWhole(&forms, of: picture) }
            return forms.whole
        }
    }

    /// What motion is looked for in: the grey eighth of a JPEG where that is possible and the whole picture has not been
    /// decoded; nil and counted when its pool has no room.
    /// - Throws: `.corrupt`.
    package func preview(of picture: CameraPicture) throws(DecodeError) -> LumaPreview? {
        try picture.withForms { (forms) throws(DecodeError) in
            if forms.preview == nil, try !makeEighth(&forms, of: picture) { try makeWhole(&forms, of: picture) }
            return forms.preview
        }
    }

    private func makeWhole(_ forms: inout CameraPicture.Forms, of picture: CameraPicture) throws(DecodeError) {
        guard let jpeg = picture.jpeg else { return }
        try decode(jpeg, lowres: 0, &forms)
        defer { stills.clear() }
        do throws(DecodeError) {
            // A camera's EXIF is not believed: the settings say how it hangs.
            forms.whole = frame(from: try stills.view(), of: picture, upright: jpeg.pool.rotation, in: jpeg.pool.frames)
        } catch {
            forms.damage = error
            throw error
        }
        if forms.whole == nil { jpeg.pool.noteRefused() }
    }

    /// - Returns: false where the eighth would not say the same as the whole picture.
    private func makeEighth(_ forms: inout CameraPicture.Forms, of picture: CameraPicture) throws(DecodeError) -> Bool {
        // Blocks that reach beyond the picture would be cells on one side or the other, as the picture is turned.
        guard let jpeg = picture.jpeg, jpeg.size.width % 8 == 0, jpeg.size.height % 8 == 0 else { return false }
        try decode(jpeg, lowres: 3, &forms)
        defer { stills.clear() }
        guard let luma = try stills.view().luma, luma.size.width * 8 == jpeg.size.width,
            luma.size.height * 8 == jpeg.size.height
        else { return false }
        forms.eighth = frame(from: luma, of: picture, upright: jpeg.pool.rotation, in: jpeg.pool.previews)
        if forms.eighth == nil { jpeg.pool.noteRefused() }
        return true
    }

    private func decode(_ jpeg: CameraPicture.JPEG, lowres: Int, _ forms: inout CameraPicture.Forms)
        throws(DecodeError)
    {
        if let damage = forms.damage { throw damage }
        let result = unsafe jpeg.bytes.withUnsafeBytes { bytes in
            Result { () throws(DecodeError) -> Bool in
                if jpeg.mayBePartial {
                    return try unsafe stills.decodePartialJPEG(
                        bytes, mostPixels: PictureLimit.camera, lowres: lowres) > 0
                }
                try unsafe stills.decodeJPEG(bytes, mostPixels: PictureLimit.camera, lowres: lowres)
                return false
            }
        }
        do throws(DecodeError) { forms.isPartial = try result.get() } catch {
            forms.damage = error
            throw error
        }
    }

    private func frame(
        from view: PictureView, of picture: CameraPicture, upright turn: Turn, in pool: FramePool
    ) -> Frame? {
        maker.frame(
            from: view, upright: Upright(turn: turn), capturedAt: picture.capturedAt, sequence: picture.sequence,
            in: pool)
    }
}
