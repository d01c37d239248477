import Base
import CLibAV

/// Owns a `SwsContext` and the picture that it writes.
@safe struct ScalerHandle: ~Copyable {
    private var context: OpaquePointer?
    /// The last result, valid until the next call.
    let result: PictureHandle

    static func allocating() throws(DecodeError) -> ScalerHandle {
        LibAV.silence
        return ScalerHandle(result: try .allocating())
    }

    private init(result: consuming PictureHandle) {
        unsafe context = nil
        self.result = result
    }

    /// `picture` as RGB: for formats that are met in files only, such as palettes, alpha and more than 8 bits.
    /// - Parameter size: of the result, each pixel the mean of those that it stands for; nil: that of the picture.
    mutating func rgbView(of picture: borrowing PictureHandle, scaledTo size: PixelSize? = nil) throws(DecodeError)
        -> PictureView
    {
        let (width, height) = unsafe (picture.pointer.pointee.width, picture.pointer.pointee.height)
        let format = unsafe AVPixelFormat(rawValue: picture.pointer.pointee.format)
        let target = size.map { (CInt(clamping: $0.width), CInt(clamping: $0.height)) } ?? (width, height)
        let context = try unsafe prepare(
            (width, height, format), to: (target.0, target.1, AV_PIX_FMT_RGB24),
            flags: size == nil ? SWS_BILINEAR : SWS_AREA)
        try LibAV.check("sws_scale_frame", unsafe sws_scale_frame(context, result.pointer, picture.pointer))
        guard let view = try result.view() else { throw .corrupt("the conversion to RGB gave nothing") }
        return view
    }

    /// `view` as `result`: full-range 4:2:0 of this size.
    mutating func makeJPEGSamples(of view: PictureView, width: Int, height: Int) throws(DecodeError) {
        let context = try unsafe prepare(
            (CInt(clamping: view.size.width), CInt(clamping: view.size.height), view.format.libAV),
            to: (CInt(clamping: width), CInt(clamping: height), AV_PIX_FMT_YUVJ420P), flags: SWS_AREA)
        let table = unsafe sws_getCoefficients(CInt(SWS_CS_DEFAULT))
        // -1 means that neither side is YUV: nothing to set then.
        _ = unsafe sws_setColorspaceDetails(context, table, view.isFullRange ? 1 : 0, table, 1, 0, 1 << 16, 1 << 16)
        var planes = unsafe [UnsafePointer<UInt8>?](repeating: nil, count: 4)
        var strides = [CInt](repeating: 0, count: 4)
        for (index, plane) in view.planes.prefix(4).enumerated() {
            unsafe planes[index] = plane.base.assumingMemoryBound(to: UInt8.self)
            strides[index] = CInt(clamping: plane.stride)
        }
        let rows = CInt(clamping: view.size.height)
        let frame = unsafe result.pointer
        // SAFETY: data and linesize are arrays of 8 in `AVFrame`; swscale reads the first 4.
        let status = unsafe withUnsafeMutablePointer(to: &frame.pointee.data.0) { data in
            unsafe withUnsafeMutablePointer(to: &frame.pointee.linesize.0) { linesize in
                unsafe sws_scale(context, planes, strides, 0, rows, data, linesize)
            }
        }
        try LibAV.check("sws_scale", status)
    }

    private typealias Geometry = (width: CInt, height: CInt, format: AVPixelFormat)

    /// A context for this conversion and samples for its result.
    private mutating func prepare(_ source: Geometry, to target: Geometry, flags: CInt) throws(DecodeError)
        -> OpaquePointer
    {
        guard sws_isSupportedInput(source.format) > 0 else {
            throw .libav(call: "sws_isSupportedInput", reason: "cannot read pixel format \(source.format.rawValue)")
        }
        unsafe context = sws_getCachedContext(
            context, source.width, source.height, source.format, target.width, target.height, target.format, flags,
            nil, nil, nil)
        guard let context = unsafe context else { throw .outOfMemory }
        result.clear()
        unsafe result.pointer.pointee.width = target.width
        unsafe result.pointer.pointee.height = target.height
        unsafe result.pointer.pointee.format = target.format.rawValue
        try LibAV.check("av_frame_get_buffer", unsafe av_frame_get_buffer(result.pointer, 0))
        return unsafe context
    }

    deinit { unsafe sws_freeContext(context) }
}

extension PixelFormat {
    var libAV: AVPixelFormat {
        switch self {
        case .yuv420p: AV_PIX_FMT_YUV420P
        case .yuv422p: AV_PIX_FMT_YUV422P
        case .yuv444p: AV_PIX_FMT_YUV444P
        case .yuyv422: AV_PIX_FMT_YUYV422
        case .nv12: AV_PIX_FMT_NV12
        case .gray8: AV_PIX_FMT_GRAY8
        case .rgb24: AV_PIX_FMT_RGB24
        }
    }
}
