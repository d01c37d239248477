import Base

/// How long a camera's silence is still its own rhythm. Drivers say how fast a camera is and are wrong in the dark, when the
/// exposure takes longer than that, or on a bus that is too narrow: a slow camera is not a dead one.
struct PictureRhythm {
    /// Between the last pictures, the newest last.
    private var intervals: [Duration] = []
    private var last: MonotonicTime?
    /// Openings in a row without a picture.
    private var openingsInVain = 0

    private static let remembered = 5
    /// A camera that is slower than this is none for a house.
    static let most = Duration.seconds(30)
    /// The first picture after an opening may take so long at most.
    private static let mostForFirst = Duration.seconds(12)

    mutating func opened(at time: MonotonicTime) { last = time }

    mutating func arrived(at time: MonotonicTime) {
        if let last { intervals = (intervals + [time - last]).suffix(Self.remembered) }
        last = time
        openingsInVain = 0
    }

    /// Nothing has come since it was opened.
    mutating func openedInVain() { openingsInVain = min(openingsInVain + 1, 8) }

    /// The usual time between two pictures; nil before there were enough to tell.
    var interval: Duration? {
        guard intervals.count == Self.remembered else { return nil }
        return intervals.sorted()[Self.remembered / 2]
    }

    /// - Parameter agreed: what would do for a camera that keeps to what its driver says.
    /// - Returns: three of the longest pauses of late, and more from opening to opening while nothing comes at all.
    func patience(agreed: Duration) -> Duration {
        let own = min((intervals.max() ?? .zero) * 3, Self.most)
        guard openingsInVain > 0 else { return max(agreed, own) }
        return max(agreed, own, min(.seconds(3) * (1 << openingsInVain), Self.mostForFirst))
    }
}
