import Base

/// What Home Assistant keeps of a camera's health: the reason, and what never moves. Pure; the clock is a parameter.
///
/// A recorder keeps every change. The reason is told when it changes; the boxes of what never moves tremble, so they are
/// told when their number changes, and else every ten minutes at most.
struct CameraAttributes: Sendable {
    static let pause = Duration.seconds(600)

    private var told: JSONValue?
    private var toldAt = MonotonicTime(nanoseconds: .min)

    /// - Parameter health: as on `camera/<camera>/health`.
    /// - Returns: what is to be told; nil when nothing is.
    mutating func changed(by health: JSONValue, at now: MonotonicTime) -> JSONValue? {
        let background = health["background"]?.array ?? []
        let next: JSONValue = ["reason": health["reason"] ?? "", "background": .array(background)]
        let isOther = next["reason"] != told?["reason"] || background.count != told?["background"]?.array?.count
        guard next != told, isOther || now - toldAt >= Self.pause else { return nil }
        (told, toldAt) = (next, now)
        return next
    }
}
