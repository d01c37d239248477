/// Who a visitor is, as far as the looks of the visit agree.
package struct FaceVerdict: Sendable, Equatable, Codable {
    /// Why there is no name.
    package enum Doubt: String, Sendable, Codable, CaseIterable {
        case noFaceSeen = "no_face_seen"
        case tooSmall = "too_small"
        case tooBlurred = "too_blurred"
        case tooDark = "too_dark"
        case turnedAway = "turned_away"
        /// Faces were seen well and are like nobody's.
        case belowThreshold = "below_threshold"
        /// The looks speak for different people.
        case votesSplit = "votes_split"
        /// The looks speak for one person, but none of them is so like that it cannot well be somebody else.
        case notSure = "not_sure"
        /// Too few looks so far.
        case tooFewLooks = "too_few_looks"
    }

    /// What the owner calls the person: a user's id or an external image id, else a face's id. Nil: unknown.
    package var name: String?
    /// Percent: of the best look that speaks for the name; of the best one at all when there is none, nil before the first.
    package var similarity: Double?
    /// Looks that speak for the name; zero without one.
    package var looksAgreed: Int
    /// Looks that showed the face well enough to count.
    package var looksTaken: Int
    /// Of somebody without a name: the same for the same stranger. Nil while too little was seen, and when strangers are not
    /// to be remembered.
    package var stranger: String?
    /// Nil with a name.
    package var doubt: Doubt?

    package init(
        name: String? = nil, similarity: Double? = nil, looksAgreed: Int = 0, looksTaken: Int = 0,
        stranger: String? = nil, doubt: Doubt? = nil
    ) {
        self.name = name
        self.similarity = similarity
        self.looksAgreed = looksAgreed
        self.looksTaken = looksTaken
        self.stranger = stranger
        self.doubt = doubt
    }
}
