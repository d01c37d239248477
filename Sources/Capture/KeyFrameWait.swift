import Base

/// A camera's video, until there is something that decoding can begin with.
struct KeyFrameWait {
    /// Nothing that came so far could be decoded by itself.
    var isAwaited = false
    private var asked: MonotonicTime?

    /// Cameras that cannot be asked for a key frame send one every 10 s at least.
    static let patience = Duration.seconds(15)
    /// Most cameras send a key frame within that time after a loss; it is less than what makes a camera stalled.
    static let untilDamagedIsUsed = Duration.milliseconds(1500)
    private static let between = Duration.seconds(1)

    mutating func isTimeToAsk(at time: MonotonicTime) -> Bool {
        if let asked, time - asked < Self.between { return false }
        asked = time
        return true
    }
}
