package import Base

/// Cuts faces out of frames: upright, of one size, in colours.
///
/// Each pixel of the crop is the mean of n × n bilinear samples of the frame that are spread evenly over the area that it
/// covers, n the pixels of the frame for each pixel of the crop, rounded up. So a face as large as the crop is sampled
/// bilinearly, once, and of a larger one nothing is left out that could alias. What lies outside of the frame is black.
package enum AlignedCrop {
    /// For faces more than this many times as large as their crop the samples lie further apart.
    private static let mostSamples = 8.0
    /// The sides that crops may have.
    package static let sides = 16...512

    /// - Parameters:
    ///   - toFrame: from pixels of the crop to pixels of the frame.
    ///   - side: of the crop in pixels, in `sides`.
    /// - Returns: nil for another side.
    package static func crop(_ frame: Frame, by toFrame: SimilarityTransform, side: Int) -> FaceCrop? {
        guard sides.contains(side) else { return nil }
        let grid = SampleGrid(toFrame, side: side, perPixel: max(1, Int(min(mostSamples, toFrame.scale.rounded(.up)))))
        let inside = grid.means { grid.coverage(of: $0, in: frame.size) }
        let parts = frame.format.components(of: frame.size).map { grid.means(of: $0, in: frame) }
        let (second, third) = parts.count == 3 ? (1, 2) : (0, 0)
        let color = ColorConversion(format: frame.format, isFullRange: frame.isFullRange)
        let area = side * side
        var samples = [Float](repeating: 0, count: 3 * area)
        for pixel in 0..<area {
            let values = SIMD3(parts[0][pixel], parts[second][pixel], parts[third][pixel])
            let mixed = color.color(of: values) * inside[pixel]
            for channel in 0..<3 { samples[channel * area + pixel] = mixed[channel] }
        }
        return FaceCrop(side: side, samples: samples, pixelsPerPixel: toFrame.scale)
    }
}

/// Where a crop looks at its frame.
private struct SampleGrid {
    private let toFrame: SimilarityTransform
    private let side: Int
    private let offsets: [Double]

    /// - Parameter count: samples of each pixel across and down.
    init(_ toFrame: SimilarityTransform, side: Int, perPixel count: Int) {
        self.toFrame = toFrame
        self.side = side
        offsets = (0..<count).map { (Double($0) + 0.5) / Double(count) - 0.5 }
    }

    /// The mean of `value` over the samples of each pixel, row by row.
    /// - Parameter value: at a place in pixels of the frame; the first pixel's middle is 0.
    func means(_ value: (Point) -> Float) -> [Float] {
        let share = Float(1) / Float(offsets.count * offsets.count)
        var means: [Float] = []
        means.reserveCapacity(side * side)
        for y in 0..<side {
            for x in 0..<side {
                var sum: Float = 0
                for down in offsets {
                    for across in offsets {
                        sum += value(toFrame.apply(to: Point(x: Double(x) + across, y: Double(y) + down)))
                    }
                }
                means.append(sum * share)
            }
        }
        return means
    }

    /// One component of the frame, bilinear; beyond the frame its edge goes on.
    func means(of part: SampleComponent, in frame: Frame) -> [Float] {
        unsafe frame.withPlane(part.plane) { bytes, plane in
            means { point in
                let (column, across) = Self.place(point.x, part.pixelsAcross, part.columns)
                let (row, down) = Self.place(point.y, part.pixelsDown, part.rows)
                let first = row * plane.stride + part.offset
                let second = min(row + 1, part.rows - 1) * plane.stride + part.offset
                let (left, right) = (column * part.step, min(column + 1, part.columns - 1) * part.step)
                // SAFETY: column and row are those of samples that the plane has.
                let top = unsafe Self.mix(bytes[first + left], bytes[first + right], across)
                let bottom = unsafe Self.mix(bytes[second + left], bytes[second + right], across)
                return top + (bottom - top) * down
            }
        }
    }

    /// 1 inside of the frame; outside of it 0 within one pixel.
    func coverage(of point: Point, in size: PixelSize) -> Float {
        func along(_ place: Double, _ count: Int) -> Double { max(0, min(1, min(place + 1, Double(count) - place))) }
        return Float(along(point.x, size.width) * along(point.y, size.height))
    }

    /// The sample before a place, and how far the place is on the way to the next one, 0...1.
    private static func place(_ pixel: Double, _ pixelsOfSample: Int, _ samples: Int) -> (index: Int, share: Float) {
        let place = (pixel + 0.5) / Double(pixelsOfSample) - 0.5
        let inside = max(0, min(Double(samples - 1), place))
        let index = Int(inside)
        return (index, Float(inside - Double(index)))
    }

    private static func mix(_ a: UInt8, _ b: UInt8, _ share: Float) -> Float {
        Float(a) + (Float(b) - Float(a)) * share
    }
}
