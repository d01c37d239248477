import Base

/// What we ask of the broker when we connect. It begins with all that MQTT has; what a broker does not know or refuses is
/// left out in the next attempt, and asked for again on the next connection.
package struct ConnectOffer: Sendable, Equatable {
    /// How sure it is that the broker knows only MQTT 3.1.1.
    private enum Doubt: Sendable, Equatable { case none, guessed, certain }

    /// A broker that starts, or thaws, hangs up now and then; one that knows only 3.1.1 always does. One that has served us in
    /// 3.1.1 before is not asked so often: a second look puts a wrong guess right.
    private static let suspiciousHangUps = 3
    /// So long after a connection in 3.1.1 that rests on a guess MQTT 5 is tried once more.
    package static let secondLook = Duration.seconds(60)

    package private(set) var isVersion5 = true
    /// Of the last will.
    package private(set) var willQoS = 1
    package private(set) var retainsWill = true

    private var doubt = Doubt.none
    private var hangUps = 0
    private var isSecondLook = false

    package init() {}

    /// The broker hung up on MQTT 5 without a word, and has not been asked in 3.1.1 yet.
    package var isUndecided: Bool { isVersion5 && hangUps > 0 }

    /// True while we are connected in 3.1.1 although nobody has said that MQTT 5 is not known.
    package var isGuess: Bool { !isVersion5 && doubt == .guessed }

    /// The broker accepted.
    package mutating func accepted() {
        hangUps = 0
        if isVersion5 { (doubt, isSecondLook) = (.none, false) }
    }

    /// The connection that was accepted is over.
    package mutating func ended(_ kind: LinkFailure.Kind) {
        (hangUps, willQoS, retainsWill) = (0, 1, true)
        guard kind == .version, isVersion5 else { return isVersion5 = true }
        (isVersion5, doubt) = (false, .certain)
    }

    /// MQTT 5 is worth another attempt; the connection is given up for it.
    package mutating func lookAgain() { (isVersion5, isSecondLook, hangUps) = (true, true, 0) }

    /// An attempt failed before the broker accepted. True when the next one differs and need not wait.
    package mutating func refused(_ kind: LinkFailure.Kind) -> Bool {
        switch kind {
        case .version where isVersion5:
            (isVersion5, doubt) = (false, .certain)
            return true
        case .silentHangUp where isVersion5: return hungUp()
        // Brokers that know only 3.1.1 may wait for the rest of a CONNECT that they misread.
        case .silence where isVersion5: return leaveVersion5()
        case .willQoS where willQoS > 0:
            willQoS = 0
            return true
        case .retainedWill where retainsWill:
            retainsWill = false
            return true
        default:
            (isVersion5, hangUps) = (true, 0)
            return false
        }
    }

    private mutating func hungUp() -> Bool {
        hangUps += 1
        guard isSecondLook || doubt != .none || hangUps >= Self.suspiciousHangUps else { return false }
        return leaveVersion5()
    }

    private mutating func leaveVersion5() -> Bool {
        if isSecondLook { doubt = .certain } else if doubt == .none { doubt = .guessed }
        (isVersion5, isSecondLook, hangUps) = (false, false, 0)
        return true
    }
}
