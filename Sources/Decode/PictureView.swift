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
    /// The brightness alone; nil where it is no plane of its own.
    var luma: PictureView? {
        switch format {
        case .yuv420p, .yuv422p, .yuv444p, .nv12, .gray8:
            PictureView(format: .gray8, size: size, isFullRange: isFullRange, planes: Array(planes.prefix(1)))
        case .yuyv422, .rgb24: nil
        }
    }
}
