import Base

extension Frame {
    /// Shows where the samples lie, for as long as `body` runs.
    func withView<R>(_ body: (PictureView) throws(DecodeError) -> R) throws(DecodeError) -> R {
        try collect([], body)
    }

    private func collect<R>(_ found: [PictureView.Plane], _ body: (PictureView) throws(DecodeError) -> R)
        throws(DecodeError) -> R
    {
        guard found.count < planes.count else {
            return try body(PictureView(format: format, size: size, isFullRange: isFullRange, planes: found))
        }
        return try unsafe withPlane(found.count) { (bytes, plane) throws(DecodeError) -> R in
            guard let base = bytes.baseAddress else { throw .corrupt("a frame without samples") }
            return try collect(found + [unsafe PictureView.Plane(base: base, stride: plane.stride)], body)
        }
    }
}

/// A part of a picture in whole pixels. Its corner lies on even coordinates, so that it cuts no chroma sample.
struct PixelCrop: Equatable {
    let left: Int
    let top: Int
    let width: Int
    let height: Int

    /// The pixels that `box` touches inside the frame; everything when there are none.
    init(of size: PixelSize, box: NormalizedBox?) {
        let visible = (box ?? .full).clippedToFrame
        let part = visible.width > 0 && visible.height > 0 ? visible : .full
        (left, width) = Self.span(part.left, part.right, of: size.width)
        (top, height) = Self.span(part.top, part.bottom, of: size.height)
    }

    private static func span(_ from: Double, _ to: Double, of side: Int) -> (start: Int, length: Int) {
        let first = min(side - 1, Int(from * Double(side))) & ~1
        let end = min(side, max(first + 2, Int((to * Double(side)).rounded(.up))))
        return (first, max(1, end - first))
    }

    /// Made smaller in proportion until no side is longer than `mostSide`.
    func size(mostSide: Int) -> (width: Int, height: Int) {
        let longer = max(width, height)
        guard longer > mostSide, mostSide > 0 else { return (width, height) }
        return (max(1, width * mostSide / longer), max(1, height * mostSide / longer))
    }
}

extension PictureView {
    /// The part of this picture inside `crop`, in place.
    func cropped(to crop: PixelCrop) -> PictureView? {
        guard let part = PixelSize(width: crop.width, height: crop.height) else { return nil }
        let whole = format.planeLayout(of: size)
        let cut = planes.enumerated().map { index, plane in
            let (rowBytes, rows) = whole[index]
            // Chroma planes have half the rows or half the bytes; even corners keep the division exact.
            let y = rows < size.height ? crop.top / 2 : crop.top
            let bytesPerTwo = format == .yuyv422 ? 4 : (rowBytes + size.width - 1) / size.width * 2
            let isHalved = rowBytes < size.width
            let x = isHalved ? crop.left / 2 : crop.left / 2 * bytesPerTwo
            return unsafe Plane(base: plane.base + y * plane.stride + x, stride: plane.stride)
        }
        return PictureView(format: format, size: part, isFullRange: isFullRange, planes: cut)
    }
}
