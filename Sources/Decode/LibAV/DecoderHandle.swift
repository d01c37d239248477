import CLibAV

/// Owns an `AVCodecContext` that decodes.
@safe struct DecoderHandle: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVCodecContext>

    enum Output: Equatable {
        case picture
        case needsInput
        /// The end of the stream was told and everything is out.
        case drained
    }

    /// A decoder of single pictures that refuses damaged ones instead of painting over them.
    static func stills(_ codec: AVCodecID, mostPixels: Int, lowres: Int) throws(DecodeError) -> DecoderHandle {
        let handle = try allocating(codec, mostPixels: mostPixels)
        unsafe handle.pointer.pointee.err_recognition |= CLibAV_EXPLODE
        handle.set(lowres: lowres)
        try handle.start()
        return handle
    }

    /// A decoder of single pictures that leaves grey what is missing of a damaged one.
    static func partialStills(_ codec: AVCodecID, mostPixels: Int, lowres: Int) throws(DecodeError) -> DecoderHandle {
        let handle = try allocating(codec, mostPixels: mostPixels)
        handle.set(lowres: lowres)
        unsafe handle.pointer.pointee.get_buffer2 = { context, frame, flags in
            let status = unsafe avcodec_default_get_buffer2(context, frame, flags)
            guard status >= 0, let frame = unsafe frame?.pointee else { return status }
            unsafe DecoderHandle.clear(frame.buf.0)
            unsafe DecoderHandle.clear(frame.buf.1)
            unsafe DecoderHandle.clear(frame.buf.2)
            return status
        }
        try handle.start()
        return handle
    }

    /// A decoder for what a camera sends, from its first key frame on.
    static func live(_ codec: AVCodecID, mostPixels: Int) throws(DecodeError) -> DecoderHandle {
        let handle = try allocating(codec, mostPixels: mostPixels)
        try handle.start()
        return handle
    }

    /// A decoder for a clip's stream.
    static func stream(_ parameters: UnsafePointer<AVCodecParameters>, mostPixels: Int) throws(DecodeError)
        -> DecoderHandle
    {
        let handle = try unsafe allocating(parameters.pointee.codec_id, mostPixels: mostPixels)
        try LibAV.check(
            "avcodec_parameters_to_context", unsafe avcodec_parameters_to_context(handle.pointer, parameters))
        try handle.start()
        return handle
    }

    private static func allocating(_ codec: AVCodecID, mostPixels: Int) throws(DecodeError) -> DecoderHandle {
        LibAV.silence
        guard let decoder = unsafe avcodec_find_decoder(codec) else {
            throw .libav(call: "avcodec_find_decoder", reason: "no decoder for \(name(of: codec))")
        }
        guard let pointer = unsafe avcodec_alloc_context3(decoder) else { throw .outOfMemory }
        let handle = unsafe DecoderHandle(pointer: pointer)
        unsafe handle.pointer.pointee.max_pixels = Int64(mostPixels)
        // The engine owns the other cores.
        unsafe handle.pointer.pointee.thread_count = 1
        return handle
    }

    /// `h264`
    static func name(of codec: AVCodecID) -> String { unsafe String(cString: avcodec_get_name(codec)) }

    /// Makes the samples of a plane those of nothing.
    private static func clear(_ plane: UnsafeMutablePointer<AVBufferRef>?) {
        guard let plane = unsafe plane?.pointee, let data = unsafe plane.data else { return }
        unsafe data.update(repeating: PictureHandle.missing, count: Int(plane.size))
    }

    private borrowing func set(lowres: Int) {
        let most = unsafe pointer.pointee.codec.map { unsafe Int($0.pointee.max_lowres) } ?? 0
        unsafe pointer.pointee.lowres = CInt(min(lowres, most))
    }

    private borrowing func start() throws(DecodeError) {
        try LibAV.check("avcodec_open2", unsafe avcodec_open2(pointer, nil, nil))
    }

    /// - Throws: `.corrupt` for bytes that are no picture.
    borrowing func send(_ packet: borrowing PacketHandle) throws(DecodeError) {
        try Self.checkPicture(unsafe avcodec_send_packet(pointer, packet.pointer))
    }

    /// Tells the end of the stream; what is still inside comes out after it.
    borrowing func sendEnd() throws(DecodeError) {
        let status = unsafe avcodec_send_packet(pointer, nil)
        // The end was told before.
        if status != CLibAV_EOF { try Self.checkPicture(status) }
    }

    borrowing func receive(into picture: borrowing PictureHandle) throws(DecodeError) -> Output {
        let status = unsafe avcodec_receive_frame(pointer, picture.pointer)
        switch status {
        case CLibAV_EAGAIN: return .needsInput
        case CLibAV_EOF: return .drained
        default:
            try Self.checkPicture(status)
            return .picture
        }
    }

    /// Forgets what of the stream is inside, as after a jump in it. Tables, and PNG's last picture, stay.
    borrowing func flush() { unsafe avcodec_flush_buffers(pointer) }

    private static func checkPicture(_ status: CInt) throws(DecodeError) {
        guard status < 0 else { return }
        if status == CLibAV_OUT_OF_MEMORY { throw .outOfMemory }
        throw .corrupt(LibAV.text(of: status))
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVCodecContext>? = unsafe pointer
        unsafe avcodec_free_context(&pointer)
    }
}
