package import Base

/// How good the picture of a face is, measured on its crop.
///
/// **Brightness** is the mean of the crop's luma (BT.601) in percent of white: pictures of people by day have 20...65.
///
/// **Sharpness** compares fine with coarse detail, so that contrast does not count: the mean of |2 L(p) − L(p − k) − L(p + k)|
/// for k = 2 and for k = 6 pixels of a crop of 96, and the ratio of both; of across and down the lesser one, since a face
/// that moves is blurred one way. 0 is a ratio of 0.13, 100 one of 0.32. Of faces of Labeled Faces in the Wild: as they are
/// 72 and more for 95 of 100 (100 in the median), of faces that had 64 pixels 72, 48 pixels 59, 32 pixels 49, 24 pixels 29;
/// after a Gaussian blur of 1 pixel (of 128) 59, of 2 pixels 24; after a motion by 5 pixels 40, by 7 pixels 25. Noise counts as
/// fine detail: a grainy picture of the night looks sharper than it is.
///
/// A crop **has colours** when the greatest and the least of red, green and blue differ by 6 of 255 in the mean.
extension FaceQuality {
    /// Side of the crop that quality is measured on: by the usual template, in pixels.
    package static let side = 96

    fileprivate static let (fine, coarse) = (2, 6)
    private static let (blurred, sharp) = (0.13, 0.32)
    private static let leastColor: Float = 6

    /// - Parameter crop: of `side` pixels; of another one sharpness means something else.
    package init(measuring crop: FaceCrop) {
        let luma = crop.luma
        let mean = luma.reduce(0, +) / Float(luma.count)
        let ratio = min(
            luma.ratio(of: crop.side, step: 1, line: crop.side), luma.ratio(of: crop.side, step: crop.side, line: 1))
        self.init(
            brightness: max(0, min(100, Double(mean) / 2.55)),
            sharpness: max(0, min(100, (ratio - Self.blurred) / (Self.sharp - Self.blurred) * 100)),
            isColor: crop.meanChroma >= Self.leastColor)
    }

    fileprivate static func roughness(_ values: [Float], _ side: Int, step: Int, line: Int, distance: Int) -> Float {
        guard side > 2 * distance else { return 0 }
        var sum: Float = 0
        for row in 0..<side {
            for place in distance..<side - distance {
                let index = row * line + place * step
                let around = values[index - distance * step] + values[index + distance * step]
                sum += abs(2 * values[index] - around)
            }
        }
        return sum / Float(side * (side - 2 * distance))
    }
}

extension [Float] {
    /// Fine detail to coarse detail along one direction of a square picture; 0 where there is none.
    fileprivate func ratio(of side: Int, step: Int, line: Int) -> Double {
        let fine = FaceQuality.roughness(self, side, step: step, line: line, distance: FaceQuality.fine)
        let coarse = FaceQuality.roughness(self, side, step: step, line: line, distance: FaceQuality.coarse)
        // Less than a level of 255 is no detail.
        return coarse >= 0.5 ? Double(fine / coarse) : 0
    }
}

extension FaceCrop {
    fileprivate var luma: [Float] {
        let area = side * side
        return (0..<area).map { pixel -> Float in
            let (red, green, blue) = (samples[pixel], samples[area + pixel], samples[2 * area + pixel])
            return 0.299 * red + 0.587 * green + 0.114 * blue
        }
    }

    fileprivate var meanChroma: Float {
        let area = side * side
        let sum = (0..<area).reduce(Float(0)) { sum, pixel in
            let (red, green, blue) = (samples[pixel], samples[area + pixel], samples[2 * area + pixel])
            return sum + max(red, green, blue) - min(red, green, blue)
        }
        return sum / Float(area)
    }
}
