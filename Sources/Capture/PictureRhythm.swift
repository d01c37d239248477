import Base

/// How long a camera's silence is still its own rhythm. Drivers say how fast a camera is and are wrong in the dark, when the
/// exposure takes longer than that, or on a bus that is too narrow: a slow camera is not a dead one.
struct PictureRhythm {
    /// Between the last pictures, the newest last.
    private var intervals: [Duration] = []
    private var last: MonotonicTime?

    private static let remembered = 5
    /// A camera that is slower than this is none for a house.
    private static let most = Duration.seconds(30)
    /// Of a silence that was taken for the end: its true length is not known, and a dead camera is opened anew soon.
    private static let mostOfSilence = Duration.seconds(4)

    mutating func opened(at time: MonotonicTime) { last = time }

    mutating func arrived(at time: MonotonicTime) {
        if let last { note(time - last) }
        last = time
    }

    /// Nothing came for so long that the camera is opened anew. A slow one makes such pauses; the next one may be longer.
    mutating func stalled(after silence: Duration) { note(min(silence, Self.mostOfSilence)) }

    private mutating func note(_ interval: Duration) { intervals = (intervals + [interval]).suffix(Self.remembered) }

    /// The usual time between two pictures; nil before there were enough to tell.
    var interval: Duration? {
        guard intervals.count == Self.remembered else { return nil }
        return intervals.sorted()[Self.remembered / 2]
    }

    /// - Parameter agreed: what would do for a camera that keeps to what its driver says.
    /// - Returns: three of the longest pauses of late where that is more.
    func patience(agreed: Duration) -> Duration { max(agreed, min((intervals.max() ?? .zero) * 3, Self.most)) }
}
