/// Whether of the detections of 70 % seventy in a hundred are right (Guo et al. 2017, arXiv 1706.04599).
package struct Reliability: Sendable, Equatable {
    package static let binCount = 10

    /// Detections of similar confidence.
    package struct Bin: Sendable, Equatable {
        /// Confidences from here, and below the next bin's.
        package let from: Double
        package private(set) var count = 0
        package private(set) var right = 0
        private var sum = 0.0

        init(number: Int) { from = Double(number) / Double(Reliability.binCount) }

        mutating func note(_ confidence: Float, isRight: Bool) {
            count += 1
            right += isRight ? 1 : 0
            sum += Double(confidence)
        }

        /// What was promised; nil when the bin is empty.
        package var meanConfidence: Double? { count > 0 ? sum / Double(count) : nil }
        /// What was kept.
        package var accuracy: Double? { count > 0 ? Double(right) / Double(count) : nil }
    }

    /// Ten of equal width from 0 to 1.
    package let bins: [Bin]

    package var count: Int { bins.reduce(0) { $0 + $1.count } }

    /// Σ n_b / N · |accuracy_b − mean confidence_b|, 0...1; nil without detections.
    package var expectedError: Double? {
        let all = count
        guard all > 0 else { return nil }
        return bins.reduce(0.0) { sum, bin in
            guard let promised = bin.meanConfidence, let kept = bin.accuracy else { return sum }
            return sum + Double(bin.count) / Double(all) * abs(kept - promised)
        }
    }
}
