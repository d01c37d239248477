import Base

/// Which detections of one picture found which object, by COCO's rules (pycocotools' `evaluateImg`).
///
/// From the surest on, each detection takes the object that it overlaps most, among those that nobody has taken and at
/// or above a threshold of intersection over union. What does not count (crowds, and for a size class the objects of
/// other sizes) is taken only where nothing that counts fits; whoever takes it is neither right nor wrong. Crowds may be
/// taken often, and are compared by the share of the detection that lies inside.
enum Matching {
    /// 0.50, 0.55 … 0.95.
    static let thresholds: [Double] = (0..<10).map { Double(50 + 5 * $0) / 100 }
    /// Rounding must not turn an exact half into less.
    private static let slack = 1e-9

    /// An object to be found.
    struct Target: Equatable {
        var box: NormalizedBox
        var isCrowd = false
        /// Does not count.
        var isIgnored = false
    }

    /// A detection.
    struct Guess: Equatable {
        var confidence: Float
        var box: NormalizedBox
        /// When it finds nothing, it is not wrong either.
        var mayMiss = false
    }

    /// What became of a detection, one bit for each threshold.
    struct Verdict: Equatable {
        var confidence: Float
        private(set) var right: UInt16 = 0
        private(set) var ignored: UInt16 = 0

        init(confidence: Float) { self.confidence = confidence }

        func isRight(at threshold: Int) -> Bool { right >> UInt16(threshold) & 1 == 1 }
        func isIgnored(at threshold: Int) -> Bool { ignored >> UInt16(threshold) & 1 == 1 }

        fileprivate mutating func note(_ target: Target?, mayMiss: Bool, at threshold: Int) {
            if target?.isIgnored ?? mayMiss {
                ignored |= 1 << UInt16(threshold)
            } else if target != nil {
                right |= 1 << UInt16(threshold)
            }
        }
    }

    /// - Parameter guesses: the surest first.
    static func verdicts(_ guesses: [Guess], _ targets: [Target]) -> [Verdict] {
        var verdicts = guesses.map { Verdict(confidence: $0.confidence) }
        let overlaps = guesses.map { guess in targets.map { overlap(guess.box, $0) } }
        for (index, threshold) in thresholds.enumerated() {
            var isTaken = [Bool](repeating: false, count: targets.count)
            for (number, guess) in guesses.enumerated() {
                let found = best(overlaps[number], targets, isTaken, atLeast: threshold - slack)
                if let found { isTaken[found] = !targets[found].isCrowd }
                verdicts[number].note(found.map { targets[$0] }, mayMiss: guess.mayMiss, at: index)
            }
        }
        return verdicts
    }

    private static func overlap(_ box: NormalizedBox, _ target: Target) -> Double {
        guard target.isCrowd else { return box.intersectionOverUnion(with: target.box) }
        return box.area > 0 ? box.intersection(with: target.box).area / box.area : 0
    }

    private static func best(
        _ overlaps: [Double], _ targets: [Target], _ isTaken: [Bool], atLeast least: Double
    ) -> Int? {
        var best: Int?
        for (index, overlap) in overlaps.enumerated() where !isTaken[index] && overlap >= least {
            guard let other = best else {
                best = index
                continue
            }
            let (isIgnored, otherIsIgnored) = (targets[index].isIgnored, targets[other].isIgnored)
            if isIgnored == otherIsIgnored ? overlap > overlaps[other] : otherIsIgnored { best = index }
        }
        return best
    }
}
