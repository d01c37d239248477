import Glibc

/// From cosine to AWS's Similarity in percent: 100 / (1 + exp(-slope · (cosine - middle))). Each embedder has its own,
/// measured on pairs of strangers, so that 80 means about one false accept in 10,000, and 99 one in 100,000.
package struct SimilarityCurve: Sendable, Hashable, Codable {
    package let slope: Double
    package let middle: Double

    /// Nil when it does not rise, or is not finite.
    package init?(slope: Double, middle: Double) {
        guard slope.isFinite, slope > 0, (-1...1).contains(middle) else { return nil }
        self.slope = slope
        self.middle = middle
    }

    /// - Parameter cosine: -1...1.
    /// - Returns: percent, 0...100.
    package func similarity(ofCosine cosine: Double) -> Double { 100 / (1 + exp(-slope * (cosine - middle))) }

    /// The least cosine that has this similarity.
    /// - Parameter similarity: percent; 0 and less is below every cosine, 100 and more above.
    package func cosine(ofSimilarity similarity: Double) -> Double {
        guard similarity > 0 else { return -.infinity }
        guard similarity < 100 else { return .infinity }
        return middle - log(100 / similarity - 1) / slope
    }
}
