import Glibc
import KernelTypes

/// How often which numbers occur in a tensor, over all pictures: bins of one width around 0 that doubles when a number does not
/// fit, so that one pass over the pictures is enough.
struct ValueHistogram {
    private static let half = 512
    /// Bin i holds numbers from `(i - half) * width` on.
    private(set) var counts = [Float](repeating: 0, count: 2 * half)
    private(set) var width: Float = 0
    private(set) var low: Float = 0
    private(set) var high: Float = 0

    mutating func add(_ values: UnsafeBufferPointer<Float>) {
        var (least, most) = (low, high)
        for index in values.indices {
            let value = unsafe values[index]
            guard value.isFinite else { continue }
            least = min(least, value)
            most = max(most, value)
        }
        (low, high) = (least, most)
        fit(max(-least, most))
        guard width > 0 else {
            counts[Self.half] += Float(values.count)
            return
        }
        let scale = 1 / width
        for index in values.indices {
            let value = unsafe values[index]
            if value.isFinite { counts[bin((value * scale).rounded(.down))] += 1 }
        }
    }

    /// What several tensors that share their bytes have together.
    mutating func add(_ other: ValueHistogram) {
        low = min(low, other.low)
        high = max(high, other.high)
        fit(max(-low, high))
        for (index, count) in other.counts.enumerated() where count > 0 {
            let middle = (Float(index - Self.half) + 0.5) * other.width
            counts[width > 0 ? bin((middle / width).rounded(.down)) : Self.half] += count
        }
    }

    /// The number in the middle of a bin.
    func middle(_ index: Int) -> Float { (Float(index - Self.half) + 0.5) * width }

    /// Bounded before it becomes an integer: where all numbers are next to nothing, the quotient may be none.
    private func bin(_ place: Float) -> Int {
        Int(min(max(-Float(Self.half), place), Float(Self.half - 1))) + Self.half
    }

    private mutating func fit(_ largest: Float) {
        guard largest > 0 else { return }
        if width == 0 {
            width = largest / Float(Self.half)
            return
        }
        while width * Float(Self.half) < largest, width.isFinite {
            var wider = [Float](repeating: 0, count: 2 * Self.half)
            for index in counts.indices {
                let place = index - Self.half
                wider[(place >= 0 ? place / 2 : (place - 1) / 2) + Self.half] += counts[index]
            }
            counts = wider
            width *= 2
        }
    }

    /// The scale of bytes that changes these numbers least, in the mean of errors to the power of `norm`. What lies outside
    /// of the range is cut off; what lies inside is off by at most half a step. 0 always has a byte of its own, since padding
    /// is 0.
    /// - Parameter function: what follows; errors that it hides do not count.
    func byteScale(before function: Activation?) -> ByteScale {
        var best = (error: Double.infinity, scale: ByteScale(scale: 1, zeroPoint: 0))
        guard width > 0 else { return best.scale }
        let filled = filled
        for upper in high > 0 ? Self.shares : [1] {
            for lower in low < 0 ? Self.shares : [1] {
                guard let scale = Self.scale(low: low * lower, high: high * upper) else { continue }
                let error = Self.error(of: scale, in: filled, before: function, norm: Self.norm, below: best.error)
                if error < best.error { best = (error, scale) }
            }
        }
        return best.scale
    }

    /// The mean square of what bytes of this scale change in a function's results.
    func error(of scale: ByteScale, before function: Activation) -> Double {
        let filled = filled, count = filled.reduce(0) { $0 + $1.count }
        return count > 0 ? Self.error(of: scale, in: filled, before: function, norm: 2) / count : 0
    }

    private typealias Bin = (value: Float, count: Double)

    private var filled: [Bin] {
        counts.indices.filter { counts[$0] > 0 }.map { (middle($0), Double(counts[$0])) }
    }

    /// The sum of what bytes of this scale change, to the power of `norm`.
    /// - Parameter limit: a sum that reaches it is given up.
    private static func error(
        of scale: ByteScale, in bins: [Bin], before function: Activation?, norm: Double, below limit: Double = .infinity
    ) -> Double {
        func passed(_ x: Float) -> Double { Double(function?.applied(to: x) ?? x) }
        let (least, most) = (scale.real(0), scale.real(255))
        let half = scale.scale / 2, rounding = rounding(Double(scale.scale), norm)
        var error = 0.0
        for bin in bins {
            let bounded = min(max(bin.value, least), most)
            if bounded != bin.value {
                error += bin.count * pow(abs(passed(bin.value) - passed(bounded)), norm)
            } else if function == nil {
                error += bin.count * rounding
            } else {
                let step = passed(bin.value + half) - passed(bin.value - half)
                error += bin.count * Self.rounding(abs(step), norm)
            }
            if error >= limit { break }
        }
        return error
    }

    /// The scale that reaches all numbers.
    var wholeScale: ByteScale { Self.scale(low: low, high: high) ?? ByteScale(scale: 1, zeroPoint: 0) }

    /// Squares cut off too much of what is rare and large, which is what a detector is sure of; the largest error alone
    /// leaves too few steps for the rest. A norm between them as in Nahshan et al., "Loss aware post-training quantization",
    /// Machine Learning 110 (2021); 2.5 cost the networks of the README least.
    private static let norm = 2.5

    /// The mean of what rounding to multiples of `step` is off, to that power: uniform in ± half a step.
    private static func rounding(_ step: Double, _ norm: Double) -> Double { pow(step / 2, norm) / (norm + 1) }

    /// Of the extremes, how far the bytes may reach.
    private static let shares: [Float] = [1, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]

    private static func scale(low: Float, high: Float) -> ByteScale? {
        let scale = (high - low) / 255
        guard scale > 0, scale.isFinite else { return nil }
        return ByteScale(scale: scale, zeroPoint: Int32(min(max((-low / scale).rounded(), 0), 255)))
    }
}
