package import Base

/// A visit that the program told of.
package struct ClipVisit: Sendable, Equatable {
    package let label: Label
    /// In seconds since the clip's first picture.
    package let span: ClosedRange<Double>
    package let confidence: Confidence

    package init(label: Label, span: ClosedRange<Double>, confidence: Confidence) {
        self.label = label
        self.span = span
        self.confidence = confidence
    }
}

/// What was told of one label in one clip, beside what was really there.
package struct ClipScore: Sendable, Equatable {
    package let label: Label
    /// Visits that there were.
    package let expected: Int
    /// Visits that were told.
    package let seen: Int
    /// Of those that there were.
    package let found: Int

    package var missed: Int { expected - found }
    /// Told though nobody was there, or told again.
    package var byNobody: Int { seen - found }

    package init(label: Label, expected: Int, seen: Int, found: Int) {
        self.label = label
        self.expected = expected
        self.seen = seen
        self.found = found
    }

    /// The sum over clips.
    package static func sum(_ scores: [ClipScore], of label: Label) -> ClipScore {
        let own = scores.filter { $0.label == label }
        func sum(_ figure: (ClipScore) -> Int) -> Int { own.reduce(0) { $0 + figure($1) } }
        return ClipScore(label: label, expected: sum(\.expected), seen: sum(\.seen), found: sum(\.found))
    }
}

extension ClipTruths {
    /// One score for each label that the truth names, in the order of `Label.allCases`.
    package func scores(of clip: Clip, seen visits: [ClipVisit]) -> [ClipScore] {
        Label.allCases.compactMap { label in
            guard let expected = clip.visits[label] else { return nil }
            let seen = visits.filter { $0.label == label }.map(\.span)
            return ClipScore(
                label: label, expected: expected.count, seen: seen.count, found: found(expected, in: seen))
        }
    }

    /// Where the truth has times, each told visit stands for one real one that it meets in time, such that as many as
    /// possible are found.
    private func found(_ expected: Visits, in seen: [ClosedRange<Double>]) -> Int {
        switch expected {
        case .count(let count): min(count, seen.count)
        case .spans(let spans):
            BipartiteMatching.count(spans.count, seen.count) { span, visit in
                let wide = spans[span].lowerBound - tolerance...spans[span].upperBound + tolerance
                return wide.overlaps(seen[visit])
            }
        }
    }
}

/// The largest number of pairs in which nobody stands twice (Kuhn 1955, augmenting paths).
enum BipartiteMatching {
    static func count(_ left: Int, _ right: Int, _ fits: (Int, Int) -> Bool) -> Int {
        var partner = [Int?](repeating: nil, count: right)
        var pairs = 0
        for start in 0..<left {
            var isSeen = [Bool](repeating: false, count: right)
            if findPartner(of: start, &partner, &isSeen, fits) { pairs += 1 }
        }
        return pairs
    }

    /// Others may have to change theirs.
    private static func findPartner(
        of one: Int, _ partner: inout [Int?], _ isSeen: inout [Bool], _ fits: (Int, Int) -> Bool
    ) -> Bool {
        for other in partner.indices where !isSeen[other] && fits(one, other) {
            isSeen[other] = true
            guard let rival = partner[other] else {
                partner[other] = one
                return true
            }
            if findPartner(of: rival, &partner, &isSeen, fits) {
                partner[other] = one
                return true
            }
        }
        return false
    }
}
