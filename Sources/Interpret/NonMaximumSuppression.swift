import Base

/// Keeps of boxes that overlap within one class only the surest.
struct NonMaximumSuppression {
    /// A weaker box goes when it overlaps a stronger one of its class by more than this (intersection over union).
    var overlap: Float = 0.6
    /// Looked at per class, the surest first.
    var mostPerClass = 300

    /// The kept ones, surest first. Candidates with a corner that is not a number are left out.
    func apply(to candidates: [Candidate]) -> [Candidate] {
        let sound = candidates.filter { $0.score.isFinite && $0.hasArea }
        let kept = Dictionary(grouping: sound, by: \.classIndex).values.flatMap { keep($0) }
        return kept.sorted { ($0.score, $1.classIndex) > ($1.score, $0.classIndex) }
    }

    private func keep(_ candidates: [Candidate]) -> [Candidate] {
        var kept: [Candidate] = []
        for candidate in candidates.sorted(by: { $0.score > $1.score }).prefix(mostPerClass)
        where kept.allSatisfy({ $0.intersectionOverUnion(with: candidate) <= overlap }) {
            kept.append(candidate)
        }
        return kept
    }
}

extension Candidate {
    /// False also for NaN and infinity.
    fileprivate var hasArea: Bool { area > 0 && area.isFinite }

    private var area: Float { (right - left) * (bottom - top) }

    fileprivate func intersectionOverUnion(with other: Candidate) -> Float {
        let width = min(right, other.right) - max(left, other.left)
        let height = min(bottom, other.bottom) - max(top, other.top)
        guard width > 0, height > 0 else { return 0 }
        let shared = width * height
        return shared / max(area + other.area - shared, 1e-9)
    }
}
