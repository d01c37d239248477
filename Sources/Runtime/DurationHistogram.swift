import Base

/// How long something took, counted in classes of length: what Prometheus calls a histogram
/// (https://prometheus.io/docs/concepts/metric_types/#histogram).
package struct DurationHistogram: Sendable, Equatable {
    /// Upper bounds of the classes in milliseconds; what is longer counts in the last class alone.
    package static let boundsMilliseconds = [1.0, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

    /// Of each class, and of what is longer than the last bound.
    private var counts = [Int](repeating: 0, count: boundsMilliseconds.count + 1)
    private var sum = Duration.zero

    package init() {}

    package var count: Int { counts.reduce(0, +) }

    package mutating func note(_ duration: Duration) {
        let duration = max(.zero, duration)
        let milliseconds = duration.inSeconds * 1000
        counts[Self.boundsMilliseconds.firstIndex { milliseconds <= $0 } ?? Self.boundsMilliseconds.count] += 1
        sum += duration
    }

    /// Prometheus text, in seconds; empty while nothing was counted.
    /// - Parameter name: ends in `_seconds`.
    package func prometheusText(_ name: String) -> String {
        guard count > 0 else { return "" }
        var text = "# TYPE \(name) histogram\n"
        var below = 0
        for (bound, count) in zip(Self.boundsMilliseconds, counts) {
            below += count
            text += "\(name)_bucket{le=\"\(bound / 1000)\"} \(below)\n"
        }
        return text + "\(name)_bucket{le=\"+Inf\"} \(count)\n\(name)_sum \(sum.inSeconds)\n\(name)_count \(count)\n"
    }
}
