/// Where a frame lies inside a network's input, and so how boxes found there get back to the frame.
package struct InputMapping: Sendable, Hashable {
    package let inputSize: PixelSize
    /// Left edge of the picture inside the input, in input pixels.
    package let left: Int
    package let top: Int
    /// Size of the picture inside the input; what is around it is padding.
    package let picture: PixelSize

    /// The mapping that `spec` prescribes for frames of size `frame`.
    package init(frame: PixelSize, spec: InputSpec) {
        inputSize = spec.size
        guard spec.resize != .stretch else {
            (left, top, picture) = (0, 0, spec.size)
            return
        }
        let ratio = min(
            Double(spec.size.width) / Double(frame.width), Double(spec.size.height) / Double(frame.height))
        picture = spec.size.shrunk(
            toWidth: (Double(frame.width) * ratio).rounded(.toNearestOrEven),
            height: (Double(frame.height) * ratio).rounded(.toNearestOrEven))
        let isCentered = spec.resize == .letterboxCentered
        left = isCentered ? (spec.size.width - picture.width) / 2 : 0
        top = isCentered ? (spec.size.height - picture.height) / 2 : 0
    }

    /// A box in input pixels as one of the frame; nil when a corner is not finite or the box is inside out.
    package func frameBox(left x0: Double, top y0: Double, right x1: Double, bottom y1: Double) -> NormalizedBox? {
        let (width, height) = (Double(picture.width), Double(picture.height))
        return NormalizedBox(
            left: (x0 - Double(left)) / width, top: (y0 - Double(top)) / height, width: (x1 - x0) / width,
            height: (y1 - y0) / height)
    }

    /// A point in input pixels as one of the frame.
    package func framePoint(_ x: Double, _ y: Double) -> Point {
        Point(x: (x - Double(left)) / Double(picture.width), y: (y - Double(top)) / Double(picture.height))
    }
}

extension PixelSize {
    /// A size within 1...own sides.
    fileprivate func shrunk(toWidth width: Double, height: Double) -> PixelSize {
        let (w, h) = (Int(max(1, min(Double(self.width), width))), Int(max(1, min(Double(self.height), height))))
        return PixelSize(width: w, height: h) ?? self
    }
}
