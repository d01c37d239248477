import Base
import CLibAV
import Runtime

/// Owns an `AVFormatContext` that reads one file.
@safe struct DemuxerHandle: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVFormatContext>
    /// The stream of pictures.
    private let stream: CInt

    /// Protocols and codecs that a file may use. No network, no playlists, no other files.
    private static let protocols = "file"
    private static let codecs: Set<String> = [
        "h264", "hevc", "mpeg4", "mjpeg", "vp8", "libvpx", "vp9", "libvpx-vp9", "av1", "libdav1d", "mpeg1video",
        "mpeg2video", "png", "rawvideo", "ffv1",
    ]

    /// Opens `path` with this demuxer and no other, and finds its stream of pictures.
    static func opening(_ path: String, demuxer: String) throws(DecodeError) -> DemuxerHandle {
        LibAV.silence
        guard let format = unsafe av_find_input_format(demuxer) else {
            throw .libav(call: "av_find_input_format", reason: "no demuxer \(demuxer)")
        }
        var options: OpaquePointer?
        defer { unsafe av_dict_free(&options) }
        let codecs = codecs.sorted().joined(separator: ",")
        for (key, value) in [
            ("protocol_whitelist", protocols), ("format_whitelist", demuxer),
            ("codec_whitelist", codecs),
        ] {
            try LibAV.check("av_dict_set", unsafe av_dict_set(&options, key, value, 0))
        }
        var context: UnsafeMutablePointer<AVFormatContext>?
        // With the protocol named, a path such as "http://…" or "concat:…" is the name of a file.
        let status = unsafe avformat_open_input(&context, FileName.bytes("file:" + path), format, &options)
        guard status == 0, let context = unsafe context else {
            throw .unreadable(path: path, reason: LibAV.text(of: status))
        }
        // Owned from here on: a throw below closes it.
        let unprobed = unsafe DemuxerHandle(pointer: context, stream: -1)
        let stream = try unprobed.findPictures(path)
        return unsafe DemuxerHandle(pointer: unprobed.release(), stream: stream)
    }

    private init(pointer: UnsafeMutablePointer<AVFormatContext>, stream: CInt) {
        unsafe self.pointer = pointer
        self.stream = stream
    }

    private consuming func release() -> UnsafeMutablePointer<AVFormatContext> {
        let pointer = unsafe pointer
        discard self
        return unsafe pointer
    }

    private borrowing func findPictures(_ path: String) throws(DecodeError) -> CInt {
        let status = unsafe avformat_find_stream_info(pointer, nil)
        guard status >= 0 else { throw .unreadable(path: path, reason: LibAV.text(of: status)) }
        let stream = unsafe av_find_best_stream(pointer, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
        guard stream >= 0 else { throw .unsupported(path: path, what: "holds no pictures that can be decoded") }
        let count = unsafe Int(pointer.pointee.nb_streams)
        for index in 0..<count where index != Int(stream) {
            unsafe pointer.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
        }
        return stream
    }

    private var streamPointer: UnsafeMutablePointer<AVStream>? { unsafe pointer.pointee.streams[Int(stream)] }

    /// A decoder for the stream of pictures.
    /// - Throws: `.unsupported` for a codec that is not in the list above: seldom used decoders are seldom tested ones.
    borrowing func decoder(for path: String, mostPixels: Int) throws(DecodeError) -> DecoderHandle {
        guard let parameters = unsafe streamPointer?.pointee.codecpar else {
            throw .libav(call: "avformat_find_stream_info", reason: "gave a stream without parameters")
        }
        guard let decoder = unsafe avcodec_find_decoder(parameters.pointee.codec_id),
            Self.codecs.contains(unsafe String(cString: decoder.pointee.name))
        else {
            let name = unsafe DecoderHandle.name(of: parameters.pointee.codec_id)
            throw .unsupported(path: path, what: "is coded as \(name), which is not read here")
        }
        return try unsafe .stream(parameters, mostPixels: mostPixels)
    }

    /// Pixels of the stream as the file's header says.
    var pixels: Int {
        guard let parameters = unsafe streamPointer?.pointee.codecpar else { return 0 }
        let (area, overflow) = unsafe Int(parameters.pointee.width).multipliedReportingOverflow(
            by: Int(parameters.pointee.height))
        return overflow ? .max : area
    }

    /// Seconds per unit of a time stamp.
    var timeUnit: Double {
        guard let base = unsafe streamPointer?.pointee.time_base, base.num > 0, base.den > 0 else { return 0 }
        return Double(base.num) / Double(base.den)
    }

    /// The usual time between two pictures.
    var pictureInterval: Duration {
        guard let rate = unsafe streamPointer?.pointee.avg_frame_rate, rate.num > 0, rate.den > 0 else {
            return .milliseconds(40)
        }
        return min(.seconds(10), .seconds(Double(rate.den) / Double(rate.num)))
    }

    /// How telephones say which way up they were held.
    var uprightTurn: Turn {
        var size = 0
        guard let streamPointer = unsafe streamPointer,
            let matrix = unsafe av_stream_get_side_data(streamPointer, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36
        else { return .none }
        return unsafe Turn(displayMatrix: matrix)
    }

    enum Input: Equatable { case packet, otherStream, end, damaged(String) }

    borrowing func read(into packet: borrowing PacketHandle) -> Input {
        packet.clear()
        let status = unsafe av_read_frame(pointer, packet.pointer)
        if status == CLibAV_EOF { return .end }
        guard status >= 0 else { return .damaged(LibAV.text(of: status)) }
        return unsafe packet.pointer.pointee.stream_index == stream ? .packet : .otherStream
    }

    /// Back to the first picture.
    borrowing func rewind() throws(DecodeError) {
        let flags = AVSEEK_FLAG_BACKWARD
        try LibAV.check("avformat_seek_file", unsafe avformat_seek_file(pointer, stream, .min, 0, .max, flags))
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFormatContext>? = unsafe pointer
        unsafe avformat_close_input(&pointer)
    }
}
