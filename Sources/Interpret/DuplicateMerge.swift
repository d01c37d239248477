import Base

/// Makes one detection of several that are the same object seen twice: a whole person and their upper body, or one
/// animal called both cat and dog. Suppression within a class cannot see those.
struct DuplicateMerge {
    /// Two boxes of one label are one object above this intersection over union, ...
    var overlap = 0.55
    /// ... or when this share of the smaller one lies inside the other.
    var containment = 0.8
    /// More objects of one label than this are not followed.
    var mostPerLabel = 50

    /// The surest of each object, surest first.
    func apply(to detections: [Detection]) -> [Detection] {
        var kept: [Detection] = []
        var counts: [Label: Int] = [:]
        for detection in detections.sorted(by: { $0.confidence > $1.confidence })
        where counts[detection.label, default: 0] < mostPerLabel {
            let isNew = kept.allSatisfy { $0.label != detection.label || !isSame($0.box, detection.box) }
            guard isNew else { continue }
            kept.append(detection)
            counts[detection.label, default: 0] += 1
        }
        return kept
    }

    private func isSame(_ a: NormalizedBox, _ b: NormalizedBox) -> Bool {
        let smaller = min(a.area, b.area)
        guard smaller > 0 else { return false }
        return a.intersectionOverUnion(with: b) > overlap || a.intersection(with: b).area / smaller > containment
    }
}
