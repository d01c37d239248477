/// Everything that is known of one class or label over many pictures.
struct Tally {
    private(set) var pictures = 0
    /// Objects that count.
    private(set) var boxes = 0
    private var verdicts: [Matching.Verdict] = []

    /// What one picture adds.
    struct Step {
        fileprivate let boxes: Int
        fileprivate let verdicts: [Matching.Verdict]

        /// - Parameter guesses: the surest first.
        init(_ guesses: [Matching.Guess], _ targets: [Matching.Target]) {
            boxes = targets.count { !$0.isIgnored }
            verdicts = Matching.verdicts(guesses, targets)
        }
    }

    mutating func add(_ step: Step) {
        pictures += 1
        boxes += step.boxes
        verdicts += step.verdicts
    }

    /// The mean over the recalls 0, 0.01 … 1 of the best precision at that recall or a higher one (pycocotools'
    /// `accumulate`); nil when there is nothing to find.
    func averagePrecision(at threshold: Int) -> Double? {
        guard boxes > 0 else { return nil }
        var best = precisions(at: threshold)
        for index in best.indices.dropLast().reversed() { best[index] = max(best[index], best[index + 1]) }
        let sum = (0...100).reduce(0.0) { sum, percent in
            // The detection with which this recall is reached: ⌈percent · boxes / 100⌉, and the first for 0.
            let needed = max(1, (percent * boxes + 99) / 100)
            return needed <= best.count ? sum + best[needed - 1] : sum
        }
        return sum / 101
    }

    /// The mean over all thresholds.
    var meanAveragePrecision: Double? {
        Matching.thresholds.indices.compactMap { averagePrecision(at: $0) }.mean
    }

    /// The precision at the moment of the first right detection, the second, …, from the surest on.
    private func precisions(at threshold: Int) -> [Double] {
        let counted = verdicts.enumerated().filter { !$0.element.isIgnored(at: threshold) }
        // Equally sure ones stay in the order of the pictures.
        let ranked = counted.sorted { ($0.element.confidence, $1.offset) > ($1.element.confidence, $0.offset) }
        var precisions: [Double] = []
        for (rank, verdict) in ranked.enumerated() where verdict.element.isRight(at: threshold) {
            precisions.append(Double(precisions.count + 1) / Double(rank + 1))
        }
        return precisions
    }

    /// Of what is told from `confidence` on: how much of what there is, and how much of it is right, at the lowest
    /// threshold. Nil where the question has no answer.
    func recallAndPrecision(from confidence: Float) -> (recall: Double?, precision: Double?) {
        let told = verdicts.filter { $0.confidence >= confidence && !$0.isIgnored(at: 0) }
        let right = Double(told.count { $0.isRight(at: 0) })
        return (boxes > 0 ? right / Double(boxes) : nil, told.isEmpty ? nil : right / Double(told.count))
    }

    /// How far confidences are from what they promise, for detections of at least `confidence`.
    func reliability(from confidence: Float) -> Reliability {
        var bins = (0..<Reliability.binCount).map { Reliability.Bin(number: $0) }
        for verdict in verdicts where verdict.confidence >= confidence && !verdict.isIgnored(at: 0) {
            let bin = min(bins.count - 1, max(0, Int(verdict.confidence * Float(bins.count))))
            bins[bin].note(verdict.confidence, isRight: verdict.isRight(at: 0))
        }
        return Reliability(bins: bins)
    }
}

extension [Double] {
    /// Nil when there are none.
    package var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
