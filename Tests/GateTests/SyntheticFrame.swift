import Base
import TestSupport

/// Pictures made of a rule, in every format.
enum SyntheticFrame {
    /// A frame whose samples `sample` gives: component (0 = Y or R), column and row of the component.
    static func make(
        _ format: PixelFormat, _ width: Int, _ height: Int, isFullRange: Bool = true, at milliseconds: Int64 = 0,
        pool: FramePool = FramePool(capacity: 4), _ sample: (Int, Int, Int) -> UInt8
    ) -> Frame? {
        guard let size = PixelSize(width: width, height: height) else { return nil }
        let parts = format.components(of: size)
        return unsafe pool.frame(
            format, size, isFullRange: isFullRange, capturedAt: MonotonicTime(nanoseconds: milliseconds * 1_000_000),
            sequence: UInt64(max(0, milliseconds))
        ) { index, bytes, plane in
            // Padding holds garbage that must never be read as a sample.
            for byte in bytes.indices { unsafe bytes[byte] = 0xEE }
            for (component, part) in parts.enumerated() where part.plane == index {
                for row in 0..<part.rows {
                    for column in 0..<part.columns {
                        unsafe bytes[row * plane.stride + part.offset + column * part.step] = sample(
                            component, column, row)
                    }
                }
            }
        }
    }

    /// Noise, repeatable by `seed`.
    static func noise(_ format: PixelFormat, _ width: Int, _ height: Int, isFullRange: Bool, seed: UInt64) -> Frame? {
        var random = SplitMix(seed: seed)
        return make(format, width, height, isFullRange: isFullRange) { _, _, _ in
            UInt8(truncatingIfNeeded: random.next())
        }
    }
}

/// The truth that the fast letterbox is compared with: one output pixel at a time, in double precision, straight from
/// the definitions (box filter when scaling down, bilinear when scaling up, BT.601).
struct PlainLetterbox {
    let spec: InputSpec
    let frame: Frame
    let mapping: InputMapping

    init(_ frame: Frame, _ spec: InputSpec) {
        self.frame = frame
        self.spec = spec
        mapping = InputMapping(frame: frame.size, spec: spec)
    }

    func tensor() -> [Float] {
        let (width, height) = (spec.size.width, spec.size.height)
        var values = [Float](repeating: 0, count: 3 * width * height)
        for y in 0..<height {
            for x in 0..<width {
                let rgb = pixel(x - mapping.left, y - mapping.top)
                let planes = spec.colorOrder == .rgb ? rgb : [rgb[2], rgb[1], rgb[0]]
                for channel in 0..<3 {
                    let value = (Float(planes[channel]) - spec.mean[channel]) * spec.scale[channel]
                    values[channel * width * height + y * width + x] = value
                }
            }
        }
        return values
    }

    private func pixel(_ x: Int, _ y: Int) -> [Double] {
        guard (0..<mapping.picture.width).contains(x), (0..<mapping.picture.height).contains(y) else {
            return Array(repeating: Double(spec.padValue), count: 3)
        }
        let parts = frame.format.components(of: frame.size)
        let samples = parts.map { sampled($0, x, y) }
        if frame.format == .rgb24 { return samples }
        let luma = frame.isFullRange ? samples[0] : (samples[0] - 16) * 255 / 219
        guard samples.count == 3 else { return Array(repeating: max(0, min(255, luma)), count: 3) }
        let gain = frame.isFullRange ? 1.0 : 255.0 / 224
        let (u, v) = ((samples[1] - 128) * gain, (samples[2] - 128) * gain)
        return [luma + 1.402 * v, luma - 0.344136 * u - 0.714136 * v, luma + 1.772 * u].map { max(0, min(255, $0)) }
    }

    private func sampled(_ part: SampleComponent, _ x: Int, _ y: Int) -> Double {
        let columns = weights(
            x, inputs: part.columns, extent: Double(frame.size.width) / Double(part.pixelsAcross),
            outputs: mapping.picture.width)
        let rows = weights(
            y, inputs: part.rows, extent: Double(frame.size.height) / Double(part.pixelsDown),
            outputs: mapping.picture.height)
        return unsafe frame.withPlane(part.plane) { bytes, plane in
            var sum = 0.0
            for (row, down) in rows {
                for (column, across) in columns {
                    sum += Double(unsafe bytes[row * plane.stride + part.offset + column * part.step]) * down * across
                }
            }
            return sum
        }
    }

    /// Input index and share of every input that makes output `output`.
    private func weights(_ output: Int, inputs: Int, extent: Double, outputs: Int) -> [(Int, Double)] {
        let ratio = extent / Double(outputs)
        if ratio > 1 {
            let (from, to) = (Double(output) * ratio, Double(output + 1) * ratio)
            let shares = (0..<inputs).map { ($0, max(0, min(to, Double($0 + 1)) - max(from, Double($0)))) }
            let sum = shares.reduce(0) { $0 + $1.1 }
            return shares.filter { $0.1 > 0 }.map { ($0.0, $0.1 / sum) }
        }
        let center = max(0, min(Double(inputs - 1), (Double(output) + 0.5) * ratio - 0.5))
        let first = Int(center)
        let share = center - Double(first)
        return share > 0 ? [(first, 1 - share), (first + 1, share)] : [(first, 1)]
    }
}
