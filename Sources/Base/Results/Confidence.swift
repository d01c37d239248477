/// How sure the model is; always in 0...1. Percent exists only in what other programs read.
package struct Confidence: Sendable, Hashable, Comparable, Codable {
    package let value: Float

    /// Nil outside 0...1 and for NaN.
    package init?(_ value: Float) {
        guard (0...1).contains(value) else { return nil }
        self.value = value
    }

    /// From a percentage 0...100; nil outside and for NaN.
    package init?(percent: Double) {
        guard (0...100).contains(percent) else { return nil }
        value = Float(percent / 100)
    }

    package static let half = Confidence(clamping: 0.5)

    /// Values outside 0...1 are moved to the nearer end, NaN to 0.
    package init(clamping value: Float) { self.value = value >= 1 ? 1 : (value > 0 ? value : 0) }

    package var percent: Double { Double(value) * 100 }

    package static func < (a: Confidence, b: Confidence) -> Bool { a.value < b.value }
}
