package import Base

extension FaceCrop {
    /// Left for right.
    package var mirrored: FaceCrop? {
        var turned: [Float] = []
        turned.reserveCapacity(samples.count)
        for line in stride(from: 0, to: samples.count, by: side) { turned += samples[line..<line + side].reversed() }
        return FaceCrop(side: side, samples: turned, pixelsPerPixel: pixelsPerPixel)
    }

    /// The crop as a network wants it, at the top left of its input; the rest of that is padding.
    /// - Parameter input: the planes of `[3, height, width]`; nothing is written to one that is smaller than the crop, or of
    ///   another size than the spec says.
    package func write(to input: UnsafeMutableBufferPointer<Float>, as spec: InputSpec) {
        let (width, height) = (spec.size.width, spec.size.height)
        guard input.count == spec.floatCount, side <= width, side <= height else { return }
        for plane in 0..<3 {
            let from = (spec.colorOrder == .rgb ? plane : 2 - plane) * side * side
            let (mean, scale) = (spec.mean[plane], spec.scale[plane])
            for row in 0..<height {
                let line = (plane * height + row) * width
                for column in 0..<width {
                    let isInside = row < side && column < side
                    let sample = isInside ? samples[from + row * side + column] : spec.padValue
                    unsafe input[line + column] = (sample - mean) * scale
                }
            }
        }
    }
}
