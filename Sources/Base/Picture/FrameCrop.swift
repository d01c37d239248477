extension Frame {
    /// The part of the frame inside `box`, as a frame of its own over the same samples: nothing is copied.
    /// - Returns: also where it lies in this frame: on even pixels, so at most one pixel more than was asked for on each
    ///   side. Nil when less than 2 pixels across or down of `box` lie inside the frame.
    package func cropped(to box: NormalizedBox) -> (frame: Frame, box: NormalizedBox)? {
        let inside = box.clippedToFrame
        let (left, width) = Self.evenSpan(from: inside.left, to: inside.right, of: size.width)
        let (top, height) = Self.evenSpan(from: inside.top, to: inside.bottom, of: size.height)
        guard width >= 2, height >= 2, let size = PixelSize(width: width, height: height),
            let place = NormalizedBox(
                left: Double(left) / Double(self.size.width), top: Double(top) / Double(self.size.height),
                width: Double(width) / Double(self.size.width), height: Double(height) / Double(self.size.height))
        else { return nil }
        return (view(of: size, left: left, top: top), place)
    }

    /// Chroma lies on every second pixel.
    private static func evenSpan(from first: Double, to last: Double, of side: Int) -> (start: Int, length: Int) {
        guard last > first else { return (0, 0) }
        let start = Int((first * Double(side)).rounded(.down)) & ~1
        let end = min(side, (Int((last * Double(side)).rounded(.up)) + 1) & ~1)
        return (start, end - start)
    }
}

extension NormalizedBox {
    /// A box in ratios of a part of the frame, as one of the whole frame.
    /// - Parameter part: where that part lies in the frame.
    package func placed(in part: NormalizedBox) -> NormalizedBox? {
        NormalizedBox(
            left: part.left + left * part.width, top: part.top + top * part.height, width: width * part.width,
            height: height * part.height)
    }
}
