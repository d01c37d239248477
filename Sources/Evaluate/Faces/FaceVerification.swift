import Glibc

/// How well two pictures of one person are told from those of two persons.
package struct FaceVerification: Sendable, Equatable {
    /// What was measured of one pair.
    package struct Score: Sendable, Equatable {
        /// -1...1; nil when one of the pictures showed no face: then they count as different, however low the threshold.
        package let cosine: Double?
        package let isSame: Bool
        package let fold: Int

        package init(cosine: Double?, isSame: Bool, fold: Int) {
            (self.cosine, self.isSame, self.fold) = (cosine, isSame, fold)
        }

        fileprivate var value: Double { cosine ?? -2 }
    }

    /// Mean over the folds of the share that is judged rightly, at the threshold that is best for the other folds; 0...1.
    package let accuracy: Double
    /// Standard deviation of that over the folds.
    package let deviation: Double
    /// The mean of the folds' thresholds.
    package let threshold: Double
    /// Share of the same pairs above the cosine that one in a thousand different pairs reaches; nil with fewer than a
    /// thousand of these.
    package let trueAccepts: Double?
    /// Pairs of which a picture showed no face.
    package let missed: Int
    package let pairs: Int

    /// Nil unless both kinds of pairs are there, in at least two folds.
    package init?(_ scores: [Score]) {
        let folds = Set(scores.map(\.fold)).sorted()
        let different = scores.filter { !$0.isSame }.map(\.value).sorted(), same = scores.filter(\.isSame).map(\.value)
        guard folds.count > 1, !different.isEmpty, !same.isEmpty else { return nil }
        var rates: [Double] = [], thresholds: [Double] = []
        for fold in folds {
            let threshold = Self.bestThreshold(for: scores.filter { $0.fold != fold })
            let tested = scores.filter { $0.fold == fold }
            let right = tested.count { ($0.value > threshold) == $0.isSame }
            rates.append(Double(right) / Double(tested.count))
            thresholds.append(threshold)
        }
        let mean = rates.reduce(0, +) / Double(rates.count)
        accuracy = mean
        deviation = (rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count)).squareRoot()
        threshold = thresholds.reduce(0, +) / Double(thresholds.count)
        missed = scores.count { $0.cosine == nil }
        pairs = scores.count
        guard different.count >= 1000 else {
            trueAccepts = nil
            return
        }
        let limit = different[Int((0.999 * Double(different.count)).rounded(.up)) - 1]
        trueAccepts = Double(same.count { $0 > limit }) / Double(same.count)
    }

    /// The middle between the two neighbouring cosines where most pairs are judged rightly.
    private static func bestThreshold(for scores: [Score]) -> Double {
        let sorted = scores.sorted { $0.value < $1.value }
        var right = sorted.count(where: \.isSame)
        var (best, threshold) = (right, -1.0)
        for (index, score) in sorted.enumerated() {
            right += score.isSame ? -1 : 1
            let next = index + 1 < sorted.count ? sorted[index + 1].value : 1
            if right > best, next > score.value { (best, threshold) = (right, (max(-1, score.value) + next) / 2) }
        }
        return threshold
    }
}
