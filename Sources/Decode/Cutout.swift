package import Base

/// A part of a frame as a JPEG of its own, with the place of an object in it.
package struct Cutout: Sendable, Equatable {
    package let jpeg: [UInt8]
    package let size: PixelSize
    /// Of the object, in ratios of this picture; may reach beyond it where it reaches beyond the frame.
    package let box: NormalizedBox

    package init(jpeg: [UInt8], size: PixelSize, box: NormalizedBox) {
        self.jpeg = jpeg
        self.size = size
        self.box = box
    }
}

extension JPEGEncoder {
    /// - Parameters:
    ///   - box: of the object.
    ///   - margin: what is shown around it, as a share of its sides.
    ///   - mostSide: the longer side of the result in pixels.
    /// - Returns: nil for a box outside the frame.
    package func cutout(
        of frame: Frame, around box: NormalizedBox, margin: Double = 0.5, mostSide: Int = 640
    ) throws(DecodeError) -> Cutout? {
        let wide = NormalizedBox(
            left: box.left - box.width * margin, top: box.top - box.height * margin,
            width: box.width * (1 + 2 * margin), height: box.height * (1 + 2 * margin))
        guard let wide, box.clippedToFrame.area > 0 else { return nil }
        let part = PixelCrop(of: frame.size, box: wide)
        let (width, height) = part.size(mostSide: mostSide)
        guard let size = PixelSize(width: width, height: height), let inside = part.ratios(of: box, in: frame.size)
        else { return nil }
        return Cutout(jpeg: try encode(frame, quality: 90, crop: wide, mostSide: mostSide), size: size, box: inside)
    }
}

extension PixelCrop {
    /// A box of the frame in ratios of this crop.
    fileprivate func ratios(of box: NormalizedBox, in frame: PixelSize) -> NormalizedBox? {
        let (across, down) = (Double(frame.width), Double(frame.height))
        return NormalizedBox(
            left: (box.left * across - Double(left)) / Double(width),
            top: (box.top * down - Double(top)) / Double(height),
            width: box.width * across / Double(width), height: box.height * down / Double(height))
    }
}
