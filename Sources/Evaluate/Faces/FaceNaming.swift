/// How often strangers are given a name, and how often people who are known get their own: by a single picture, and by the vote
/// of a visit with several.
package struct FaceNaming: Sendable, Equatable {
    /// Whom the vote of a visit named.
    package enum Verdict: Sendable, Equatable {
        case nobody
        case own
        /// Somebody else; for a stranger everybody is.
        case other

        package init(named: Int?, is own: Int?) {
            self = named == nil ? .nobody : named == own ? .own : .other
        }
    }

    /// Visits with the same number of pictures or more.
    package struct Visits: Sendable, Equatable {
        package let count: Int
        package let own: Int
        package let other: Int

        fileprivate init(_ verdicts: [Verdict]) {
            count = verdicts.count
            own = verdicts.count { $0 == .own }
            other = verdicts.count { $0 == .other }
        }
    }

    /// One person who was shown.
    package struct Shown: Sendable {
        package let isStranger: Bool
        /// Whether the first picture alone is like somebody.
        package let isLikeSomebody: Bool
        package let pictures: Int
        package let verdict: Verdict

        package init(isStranger: Bool, isLikeSomebody: Bool, pictures: Int, verdict: Verdict) {
            self.isStranger = isStranger
            self.isLikeSomebody = isLikeSomebody
            self.pictures = pictures
            self.verdict = verdict
        }
    }

    /// References that everybody was compared with.
    package let references: Int
    /// Similarity in percent from which a picture is like somebody.
    package let similarity: Double
    /// Strangers, and how many of them are like somebody by their first picture.
    package let strangers: Int
    package let named: Int
    /// Of all strangers, also those with one picture.
    package let strangerVisits: Visits
    /// Of strangers with several pictures.
    package let strangerVisitsOfSeveral: Visits
    /// Of known people by pictures that are no reference.
    package let knownVisits: Visits

    /// - Parameter several: so many pictures or more.
    package init(references: Int, similarity: Double, shown: [Shown], several: Int = 2) {
        self.references = references
        self.similarity = similarity
        let seen = shown.filter { $0.pictures > 0 }
        let others = seen.filter(\.isStranger)
        strangers = others.count
        named = others.count(where: \.isLikeSomebody)
        strangerVisits = Visits(others.map(\.verdict))
        strangerVisitsOfSeveral = Visits(others.filter { $0.pictures >= several }.map(\.verdict))
        knownVisits = Visits(seen.filter { !$0.isStranger && $0.pictures >= several }.map(\.verdict))
    }
}
