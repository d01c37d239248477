import Base
import CLibAV

extension PictureHandle {
    /// The format in this program's words; nil for those that have to be converted first.
    private var knownFormat: (format: PixelFormat, isAlwaysFullRange: Bool)? {
        switch unsafe AVPixelFormat(rawValue: pointer.pointee.format) {
        case AV_PIX_FMT_YUV420P: (.yuv420p, false)
        case AV_PIX_FMT_YUVJ420P: (.yuv420p, true)
        case AV_PIX_FMT_YUV422P: (.yuv422p, false)
        case AV_PIX_FMT_YUVJ422P: (.yuv422p, true)
        case AV_PIX_FMT_YUV444P: (.yuv444p, false)
        case AV_PIX_FMT_YUVJ444P: (.yuv444p, true)
        case AV_PIX_FMT_NV12: (.nv12, false)
        case AV_PIX_FMT_YUYV422: (.yuyv422, false)
        case AV_PIX_FMT_GRAY8: (.gray8, false)
        case AV_PIX_FMT_RGB24: (.rgb24, true)
        default: nil
        }
    }

    var size: PixelSize? {
        unsafe PixelSize(width: Int(pointer.pointee.width), height: Int(pointer.pointee.height))
    }

    /// Nil when the samples must be converted to RGB first.
    /// - Throws: `.corrupt` when libav gives a picture without samples or of no size.
    func view() throws(DecodeError) -> PictureView? {
        guard let size else { throw .corrupt("the picture has no valid size") }
        guard let (format, isAlwaysFullRange) = knownFormat else { return nil }
        let data = unsafe [pointer.pointee.data.0, pointer.pointee.data.1, pointer.pointee.data.2]
        let strides = unsafe [
            pointer.pointee.linesize.0, pointer.pointee.linesize.1, pointer.pointee.linesize.2,
        ]
        var planes: [PictureView.Plane] = []
        for (index, layout) in format.planeLayout(of: size).enumerated() {
            let stride = Int(strides[index])
            guard let base = unsafe data[index], abs(stride) >= layout.rowBytes else {
                throw .corrupt("plane \(index) of \(format.rawValue) \(size) is too short")
            }
            planes.append(unsafe PictureView.Plane(base: UnsafeRawPointer(base), stride: stride))
        }
        return PictureView(
            format: format, size: size, isFullRange: isAlwaysFullRange || isFullRange(format), planes: planes)
    }

    /// What `DecoderHandle.partialStills` leaves where nothing was decoded.
    static let missing: UInt8 = 128

    /// The share of the picture that was not decoded, 0...1: rows at the bottom, and what is missing of the last one of
    /// blocks. Where a JPEG is damaged, the decoder stops.
    func missingShare() throws(DecodeError) -> Double {
        guard let luma = try view()?.luma else { return 0 }
        let (width, height) = (luma.size.width, luma.size.height)
        func decodedCount(ofRow y: Int) -> Int {
            let row = unsafe luma.row(y, of: 0, bytes: width)
            return unsafe (row.lastIndex { $0 != Self.missing } ?? -1) + 1
        }
        // Shorter than that, it may as well be a flat part of the picture.
        let isCut = width - decodedCount(ofRow: height - 1) > width / 40
        guard isCut else { return 0 }
        let decoded = (0..<height).reversed().first { decodedCount(ofRow: $0) > 0 } ?? -1
        return max(1 / Double(height), Double(height - 1 - decoded) / Double(height))
    }

    /// Grey pictures in files are full unless they say otherwise; YUV the other way round.
    private func isFullRange(_ format: PixelFormat) -> Bool {
        let range = unsafe pointer.pointee.color_range
        return format == .gray8 ? range != AVCOL_RANGE_MPEG : range == AVCOL_RANGE_JPEG
    }
}
