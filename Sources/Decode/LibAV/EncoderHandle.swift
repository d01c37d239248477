import CLibAV

/// Owns an `AVCodecContext` that encodes JPEGs of one size and quality.
@safe struct EncoderHandle: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVCodecContext>

    /// - Parameter quantizer: 2 (best) ... 31 (smallest).
    static func jpeg(width: Int, height: Int, quantizer: Int) throws(DecodeError) -> EncoderHandle {
        guard let codec = unsafe avcodec_find_encoder(AV_CODEC_ID_MJPEG) else {
            throw .libav(call: "avcodec_find_encoder", reason: "no JPEG encoder")
        }
        guard let pointer = unsafe avcodec_alloc_context3(codec) else { throw .outOfMemory }
        let handle = unsafe EncoderHandle(pointer: pointer)
        handle.configure(width: width, height: height, quantizer: quantizer)
        try LibAV.check("avcodec_open2", unsafe avcodec_open2(handle.pointer, codec, nil))
        return handle
    }

    private borrowing func configure(width: Int, height: Int, quantizer: Int) {
        unsafe pointer.pointee.width = CInt(clamping: width)
        unsafe pointer.pointee.height = CInt(clamping: height)
        unsafe pointer.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
        unsafe pointer.pointee.color_range = AVCOL_RANGE_JPEG
        // Obligatory though a single picture has no time.
        unsafe pointer.pointee.time_base = AVRational(num: 1, den: 25)
        unsafe pointer.pointee.flags |= AV_CODEC_FLAG_QSCALE
        unsafe pointer.pointee.global_quality = CInt(clamping: quantizer) * FF_QP2LAMBDA
        unsafe pointer.pointee.thread_count = 1
    }

    borrowing func encode(_ picture: borrowing PictureHandle, into packet: borrowing PacketHandle) throws(DecodeError) {
        unsafe picture.pointer.pointee.quality = pointer.pointee.global_quality
        packet.clear()
        try LibAV.check("avcodec_send_frame", unsafe avcodec_send_frame(pointer, picture.pointer))
        try LibAV.check("avcodec_receive_packet", unsafe avcodec_receive_packet(pointer, packet.pointer))
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVCodecContext>? = unsafe pointer
        unsafe avcodec_free_context(&pointer)
    }
}
