import Base
import CLibAV

/// Owns an `AVFrame`.
@safe struct PictureHandle: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFrame>

    static func allocating() throws(DecodeError) -> PictureHandle {
        guard let pointer = unsafe av_frame_alloc() else { throw .outOfMemory }
        return unsafe PictureHandle(pointer: pointer)
    }

    /// Lets go of the samples; the handle can be filled again.
    func clear() { unsafe av_frame_unref(pointer) }

    /// The decoder had to guess some of it.
    var isDamaged: Bool {
        unsafe pointer.pointee.flags & CInt(AV_FRAME_FLAG_CORRUPT) != 0 || pointer.pointee.decode_error_flags != 0
    }

    /// Decoding may begin with it.
    var isKeyFrame: Bool { unsafe CLibAV_isKeyFrame(pointer) != 0 }

    /// In units of the stream's time base; nil when the file does not say.
    var timestamp: Int64? {
        let stamp = unsafe pointer.pointee.best_effort_timestamp
        return stamp == CLibAV_NO_TIMESTAMP ? nil : stamp
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = unsafe pointer
        unsafe av_frame_free(&pointer)
    }
}

/// Owns an `AVPacket`.
@safe struct PacketHandle: ~Copyable {
    let pointer: UnsafeMutablePointer<AVPacket>

    static func allocating() throws(DecodeError) -> PacketHandle {
        guard let pointer = unsafe av_packet_alloc() else { throw .outOfMemory }
        return unsafe PacketHandle(pointer: pointer)
    }

    func clear() { unsafe av_packet_unref(pointer) }

    /// Comes out again as the `timestamp` of the picture that is made of it.
    func stamp(_ time: Int64) { unsafe pointer.pointee.pts = time }

    /// A copy of what is inside.
    var bytes: [UInt8] {
        guard let data = unsafe pointer.pointee.data else { return [] }
        return unsafe [UInt8](UnsafeBufferPointer(start: data, count: Int(max(0, pointer.pointee.size))))
    }

    /// Copies `bytes` in, followed by the zeros that libav's readers need behind the end.
    func fill(with bytes: UnsafeRawBufferPointer) throws(DecodeError) {
        try unsafe fill(with: bytes, parts: [0..<bytes.count])
    }

    /// Copies these parts of `bytes` in, one behind the other.
    /// - Precondition: the parts lie inside `bytes`.
    func fill(with bytes: UnsafeRawBufferPointer, parts: [Range<Int>]) throws(DecodeError) {
        clear()
        let count = parts.reduce(0) { $0 + $1.count }
        guard let size = CInt(exactly: count), unsafe av_new_packet(pointer, size) == 0,
            let data = unsafe pointer.pointee.data
        else { throw .outOfMemory }
        let target = unsafe UnsafeMutableRawBufferPointer(start: data, count: count)
        var place = 0
        for part in parts {
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[place..<place + part.count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[part]))
            place += part.count
        }
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = unsafe pointer
        unsafe av_packet_free(&pointer)
    }
}
