package import Base
import Runtime

/// When to connect, when to give a connection up, how long to wait. Pure: time and chance are parameters.
package struct LinkState: Sendable {
    package enum Phase: Sendable, Equatable {
        case waiting(until: MonotonicTime)
        case connecting(since: MonotonicTime)
        case online(since: MonotonicTime)
    }

    package enum Step: Sendable, Equatable {
        case nothing
        /// Make a new handle with a new socket and connect it.
        case open
        /// Throw the connection away; `reason` in words.
        case abandon(reason: String)
        /// Say goodbye and connect anew, since a newer version of MQTT is worth another attempt.
        case renew
    }

    /// A connection that lives so long has no rival.
    package static let settledAge = Duration.seconds(60)
    private static let round = Duration.milliseconds(200)
    /// So many young connections in a row that the broker closes without a word are a rival's doing.
    private static let suspiciousLives = 3

    package private(set) var phase: Phase
    /// Why the last attempt or connection failed, in words; nil once the broker has everything. While another client
    /// seems to use our client id it stays, connected or not: else nobody would see it.
    package private(set) var lastError: String?
    package private(set) var attempts = 0
    package private(set) var connections = 0
    /// How the next attempt, or this connection, speaks.
    package private(set) var offer = ConnectOffer()
    /// How often in a row the broker closed a young connection without a word. Two boxes with one client id look so
    /// from either of them when the broker does not say it (mosquitto 2.0 does not).
    private var shortLives = 0
    private let pace: LinkPace
    private var backoff: Backoff
    private var lastHeard: MonotonicTime

    package init(at now: MonotonicTime, pace: LinkPace = .usual) {
        phase = .waiting(until: now)
        lastHeard = now
        self.pace = pace
        backoff = Backoff(first: pace.firstPause, most: pace.longestPause)
    }

    /// Another client seems to use our client id.
    package var hasRival: Bool { shortLives >= Self.suspiciousLives }

    package var isOnline: Bool { if case .online = phase { true } else { false } }

    /// What to do at `now`.
    package mutating func step(at now: MonotonicTime) -> Step {
        switch phase {
        case .waiting(let until):
            guard now >= until else { return .nothing }
            phase = .connecting(since: now)
            attempts += 1
            return .open
        case .connecting(let since):
            return now - since < pace.connectLimit
                ? .nothing : .abandon(reason: "the broker did not answer within \(pace.connectLimit)")
        case .online(let since):
            if now - since >= Self.settledAge { shortLives = 0 }
            if offer.isGuess, now - since >= ConnectOffer.secondLook { return renew(at: now) }
            return now - lastHeard < pace.silenceLimit
                ? .nothing : .abandon(reason: "the broker has been silent for \(pace.silenceLimit)")
        }
    }

    private mutating func renew(at now: MonotonicTime) -> Step {
        offer.lookAgain()
        phase = .waiting(until: now)
        return .renew
    }

    /// How long nothing is to be decided if nothing happens.
    package func pause(at now: MonotonicTime) -> Duration {
        guard case .waiting(let until) = phase else { return Self.round }
        return min(Self.round, max(.zero, until - now) + .milliseconds(1))
    }

    package mutating func heard(at now: MonotonicTime) { lastHeard = max(lastHeard, now) }

    /// The broker accepted the connection.
    package mutating func connected(at now: MonotonicTime) {
        phase = .online(since: now)
        connections += 1
        lastHeard = now
        offer.accepted()
    }

    /// The broker has acknowledged everything that we greet it with: only then the connection counts as good.
    package mutating func becameWhole() {
        guard !hasRival, lastError != nil || backoff.failures > 0 else { return }
        lastError = nil
        backoff.reset()
    }

    /// The attempt or the connection is over. `random` lies in 0..<1.
    package mutating func failed(_ failure: LinkFailure, at now: MonotonicTime, random: Double) {
        countShortLives(failure, at: now)
        let doubt = hasRival && failure.kind != .takeover ? Self.suspicion : ""
        lastError = failure.reason + doubt
        guard isOnline || !offer.refused(failure.kind) else { return phase = .waiting(until: now) }
        if isOnline { offer.ended(failure.kind) }
        let pause = backoff.next(random: random)
        phase = .waiting(until: now + (failure.kind == .takeover ? max(pause, pace.takeoverPause) : pause))
    }

    private static let suspicion = " soon after each connect; does another client use our client id (deviceId)?"

    private mutating func countShortLives(_ failure: LinkFailure, at now: MonotonicTime) {
        switch phase {
        case .online(let since):
            let isYoung = failure.kind == .silentHangUp && now - since < Self.settledAge
            shortLives = failure.kind == .takeover ? Self.suspiciousLives : (isYoung ? shortLives + 1 : 0)
        // A broker that does not even answer is away itself; a rival would not keep us from connecting.
        case .connecting, .waiting: if failure.kind != .silentHangUp { shortLives = 0 }
        }
    }
}
