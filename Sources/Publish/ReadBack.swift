package import Base

/// Whether what is written below the box comes back to it, as commands have to: a broker may swallow silently what its rights
/// forbid, and MQTT 3.1.1 has no answer for that. Pure; the clock is a parameter.
package struct ReadBack: Sendable {
    /// So long after the broker took it the message has to be here.
    static let patience = Duration.seconds(10)
    /// What did not come back is tried again, since somebody may have put the rights right.
    static let pause = Duration.seconds(60)

    private var dueAt: MonotonicTime?
    /// Written, and neither here nor refused. Most brokers pass a message on before they acknowledge it.
    private var isOnItsWay = false
    private var takenAt: MonotonicTime?
    /// What was written last did not come back.
    package private(set) var isMissing = false

    package init() {}

    package mutating func connected(at now: MonotonicTime) { (dueAt, takenAt, isOnItsWay) = (now, nil, false) }

    package mutating func disconnected() { (dueAt, takenAt, isOnItsWay) = (nil, nil, false) }

    /// True when the message is to be written now.
    package mutating func isDue(at now: MonotonicTime) -> Bool {
        if let takenAt, now - takenAt >= Self.patience {
            (isMissing, isOnItsWay, self.takenAt, dueAt) = (true, false, nil, now + Self.pause)
        }
        guard let dueAt, now >= dueAt else { return false }
        self.dueAt = nil
        isOnItsWay = true
        return true
    }

    /// The broker has the message; what it refuses it has said itself.
    package mutating func acknowledged(isRefused: Bool, at now: MonotonicTime) {
        guard isOnItsWay else { return }
        if isRefused { (isMissing, isOnItsWay) = (false, false) } else { takenAt = now }
    }

    /// The message is here.
    package mutating func heard() { (isMissing, takenAt, isOnItsWay) = (false, nil, false) }
}
