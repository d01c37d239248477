/// Growing pauses between tries: `first`, doubled each time up to `most`, each shortened by up to a quarter at random
/// so that a street of boxes does not knock together after a power cut.
package struct Backoff: Sendable {
    package let first: Duration
    package let most: Duration
    package private(set) var failures = 0

    package init(first: Duration, most: Duration) {
        self.first = first
        self.most = max(first, most)
    }

    /// The pause before the next try. `random` lies in 0..<1.
    package mutating func next(random: Double = .random(in: 0..<1)) -> Duration {
        let full = failures < 16 ? min(most, first * (1 << failures)) : most
        failures += 1
        return max(first * 0.75, full * (1 - random / 4))
    }

    package mutating func reset() { failures = 0 }
}
