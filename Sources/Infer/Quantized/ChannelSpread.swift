import KernelTypes

/// How far a function's results spread within each channel: what a channel says lies in that, not in how it differs from the
/// others.
struct ChannelSpread {
    private let function: Activation
    private var sums: [Double]
    private var squares: [Double]
    private var count = 0.0
    /// Of one picture so many pixels are enough, spread over it.
    private static let pixels = 256

    init(_ function: Activation, channels: Int) {
        self.function = function
        sums = [Double](repeating: 0, count: channels)
        squares = sums
    }

    /// - Parameter planes: what the function is applied to, `[channels, pixels]`.
    mutating func add(_ planes: UnsafeBufferPointer<Float>) {
        let all = planes.count / max(sums.count, 1), pixels = min(all, Self.pixels)
        for channel in sums.indices {
            for i in 0..<pixels {
                let result = Double(function.applied(to: unsafe planes[channel * all + i * all / pixels]))
                guard result.isFinite else { continue }
                sums[channel] += result
                squares[channel] += result * result
            }
        }
        count += Double(pixels)
    }

    /// The mean of the channels' variances.
    var variance: Double {
        guard count > 0, !sums.isEmpty else { return 0 }
        let variances = zip(sums, squares).map { sum, squares in squares / count - (sum / count) * (sum / count) }
        return variances.reduce(0, +) / Double(variances.count)
    }
}
