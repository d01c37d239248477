import Base
import Evaluate

/// The definitions written down once more, word for word and as slowly as they read: a twin that shares no code with
/// the room. Boxes are corners in pixels.
struct SlowTwin {
    struct Box {
        var x0, y0, x1, y1: Double
        init(_ box: NormalizedBox) {
            (x0, y0, x1, y1) = (box.left * 100, box.top * 100, box.right * 100, box.bottom * 100)
        }
        var area: Double { (x1 - x0) * (y1 - y0) }
        func shared(_ o: Box) -> Double {
            max(0, min(x1, o.x1) - max(x0, o.x0)) * max(0, min(y1, o.y1) - max(y0, o.y0))
        }
    }
    struct Mark {
        var score: Float
        var isRight: Bool
        var isIgnored: Bool
    }
    var pictures: [Dataset.Picture]
    var detections: [[Detection]]
    var classes: [String]

    private var indexes: [Int] { classes.compactMap { classNames.firstIndex(of: $0) } }

    private func counts(_ picture: Dataset.Picture) -> Bool { indexes.allSatisfy(picture.annotatedClasses.contains) }

    private func top(_ found: [Detection]) -> [Detection] {
        var rest = found
        var sorted: [Detection] = []
        while sorted.count < 100, let most = rest.map(\.confidence).max(),
            let index = rest.firstIndex(where: { $0.confidence == most })
        {
            sorted.append(rest.remove(at: index))
        }
        return sorted
    }

    /// Every detection of every picture that counts, in the order of the pictures, and the number of objects.
    func marks(_ threshold: Double, small: Bool) -> (marks: [Mark], objects: Int) {
        var marks: [Mark] = []
        var objects = 0
        for (picture, found) in zip(pictures, detections) where counts(picture) {
            let truths = picture.truths.filter { indexes.contains($0.classIndex) }
            let ignored = truths.map { $0.isCrowd || (small && Box($0.box).area >= 100) }
            objects += ignored.count { !$0 }
            var taken = Set<Int>()
            for one in top(found) where classes.contains(one.className) {
                let box = Box(one.box)
                func overlap(_ index: Int) -> Double {
                    let other = Box(truths[index].box)
                    let shared = box.shared(other)
                    return truths[index].isCrowd ? shared / box.area : shared / (box.area + other.area - shared)
                }
                func pick(_ wanted: Bool) -> Int? {
                    truths.indices
                        .filter { ignored[$0] == wanted && !taken.contains($0) && overlap($0) >= threshold }
                        .max { overlap($0) < overlap($1) }
                }
                let hit = pick(false) ?? pick(true)
                if let hit, !truths[hit].isCrowd { taken.insert(hit) }
                let isIgnored = hit.map { ignored[$0] } ?? (small && box.area >= 100)
                marks.append(
                    Mark(score: one.confidence.value, isRight: hit != nil && !isIgnored, isIgnored: isIgnored))
            }
        }
        return (marks, objects)
    }

    func averagePrecision(_ threshold: Double, small: Bool = false) -> Double? {
        let (marks, objects) = marks(threshold, small: small)
        guard objects > 0 else { return nil }
        let counted = marks.enumerated().filter { !$0.element.isIgnored }
            .sorted {
                $0.element.score == $1.element.score ? $0.offset < $1.offset : $0.element.score > $1.element.score
            }
        var curve: [(recall: Double, precision: Double)] = []
        var right = 0
        for (index, mark) in counted.enumerated() {
            if mark.element.isRight { right += 1 }
            curve.append((Double(right) / Double(objects), Double(right) / Double(index + 1)))
        }
        var sum = 0.0
        for percent in 0...100 {
            sum += curve.filter { $0.recall >= Double(percent) / 100 - 1e-12 }.map(\.precision).max() ?? 0
        }
        return sum / 101
    }

    var meanAveragePrecision: Double? {
        let all = stride(from: 50, through: 95, by: 5).compactMap { averagePrecision(Double($0) / 100) }
        return all.isEmpty ? nil : all.reduce(0, +) / 10
    }

    var told: (recall: Double?, precision: Double?) {
        let (marks, objects) = marks(0.5, small: false)
        let told = marks.filter { !$0.isIgnored && $0.score >= 0.5 }
        let right = Double(told.filter(\.isRight).count)
        return (objects > 0 ? right / Double(objects) : nil, told.isEmpty ? nil : right / Double(told.count))
    }

    var expectedError: Double? {
        let told = marks(0.5, small: false).marks.filter { !$0.isIgnored && $0.score >= 0.05 }
        guard !told.isEmpty else { return nil }
        var sum = 0.0
        for bin in 0..<10 {
            let inside = told.filter { Int(min(9, $0.score * 10)) == bin }
            let promised = inside.map { Double($0.score) }.reduce(0, +)
            sum += abs(Double(inside.count { $0.isRight }) - promised) / Double(told.count)
        }
        return sum
    }
}
