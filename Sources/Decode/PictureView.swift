import Base

/// Where the samples of a picture lie that somebody else owns: a driver's buffer, libav's, or a frame's.
/// Valid only while the owner is kept.
@safe struct PictureView {
    @safe struct Plane {
        let base: UnsafeRawPointer
        /// Bytes from row to row; negative for pictures stored bottom up.
        let stride: Int
    }

    let format: PixelFormat
    let size: PixelSize
    let isFullRange: Bool
    /// In the order of `PixelFormat.planeLayout`.
    let planes: [Plane]

    /// Row `y` of plane `index`, as long as the format says.
    /// - Precondition: the plane's owner has `planeLayout` rows and bytes at `base` (checked by whoever made the view).
    func row(_ y: Int, of index: Int, bytes: Int) -> UnsafeRawBufferPointer {
        let plane = planes[index]
        return unsafe UnsafeRawBufferPointer(start: plane.base + y * plane.stride, count: bytes)
    }
}

extension PictureView {
    /// A raw picture as V4L2 lays it out: planes one after the other, strides derived from the first.
    /// - Throws: `.corrupt` when the bytes end too early.
    static func ofRaw(_ picture: borrowing CapturedPicture, _ format: PixelFormat) throws(DecodeError) -> PictureView {
        let layout = format.planeLayout(of: picture.size)
        let first = layout.first?.rowBytes ?? 0
        let count = unsafe picture.bytes.count
        var planes: [Plane] = []
        var offset = 0
        for (rowBytes, rows) in layout {
            let stride = V4L2Stride.ofPlane(rowBytes, first: first, stride: picture.stride)
            let (most, overflow) = stride.multipliedReportingOverflow(by: rows - 1)
            guard !overflow, let base = unsafe picture.bytes.baseAddress,
                offset <= count, most <= count - offset, rowBytes <= count - offset - most
            else {
                throw .corrupt("\(count) bytes are too few for \(format.rawValue) \(picture.size)")
            }
            planes.append(unsafe Plane(base: base + offset, stride: stride))
            offset += stride * rows
        }
        return PictureView(format: format, size: picture.size, isFullRange: picture.isFullRange, planes: planes)
    }
}

extension PictureView {
    /// The brightness alone; nil where it is no plane of its own.
    var luma: PictureView? {
        switch format {
        case .yuv420p, .yuv422p, .yuv444p, .nv12, .gray8:
            PictureView(format: .gray8, size: size, isFullRange: isFullRange, planes: Array(planes.prefix(1)))
        case .yuyv422, .rgb24: nil
        }
    }
}
