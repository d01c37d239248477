package import Base

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
        /// Throw the handle away; `reason` in words.
        case abandon(reason: String)
    }

    /// MQTT's keep-alive, seconds. The broker gives us up after 1.5 times this (MQTT 5 §3.1.2.10).
    package static let keepAliveSeconds = 10
    /// Without a byte from the broker for so long (two pings unanswered) the socket is dead.
    package static let silenceLimit = Duration.seconds(21)
    package static let connectLimit = Duration.seconds(10)
    /// A second box with our client id throws us out; giving way for so long makes that visible instead of a storm.
    package static let takeoverPause = Duration.seconds(30)

    package private(set) var phase: Phase
    /// Why the last attempt or connection failed, in words; nil once the broker has everything.
    package private(set) var lastError: String?
    package private(set) var attempts = 0
    package private(set) var connections = 0
    /// Old brokers know only 3.1.1; they refuse 5 or just hang up.
    package private(set) var usesVersion5 = true
    /// How often in a row the broker closed a young connection without a word. Two boxes with one client id look so
    /// from either of them when the broker does not say it (mosquitto 2.0 does not).
    private var shortLives = 0
    private var backoff = Backoff(first: .seconds(1), most: .seconds(60))
    private var lastHeard: MonotonicTime

    package init(at now: MonotonicTime) {
        phase = .waiting(until: now)
        lastHeard = now
    }

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
            return now - since < Self.connectLimit
                ? .nothing : .abandon(reason: "the broker did not answer within \(Self.connectLimit)")
        case .online:
            return now - lastHeard < Self.silenceLimit
                ? .nothing : .abandon(reason: "the broker has been silent for \(Self.silenceLimit)")
        }
    }

    package mutating func heard(at now: MonotonicTime) { lastHeard = max(lastHeard, now) }

    /// The broker accepted the connection.
    package mutating func connected(at now: MonotonicTime) {
        phase = .online(since: now)
        connections += 1
        lastHeard = now
    }

    /// The broker has acknowledged everything that we greet it with: only then the connection counts as good.
    package mutating func becameWhole() {
        guard lastError != nil || backoff.failures > 0 else { return }
        lastError = nil
        backoff.reset()
    }

    /// The attempt or the connection is over. `random` lies in 0..<1.
    package mutating func failed(_ failure: LinkFailure, at now: MonotonicTime, random: Double) {
        if failure.isAboutVersion || (failure.isSilentHangUp && !isOnline) { usesVersion5.toggle() }
        if case .online(let since) = phase {
            shortLives = failure.isSilentHangUp && now - since < .seconds(60) ? shortLives + 1 : 0
        }
        let doubt = shortLives >= 3 ? " soon after each connect; does another client use our client id (deviceId)?" : ""
        lastError = failure.reason + doubt
        let pause = backoff.next(random: random)
        phase = .waiting(until: now + (failure.isTakeover ? max(pause, Self.takeoverPause) : pause))
    }
}

/// Why a connection ended.
package struct LinkFailure: Error, Sendable, Equatable {
    /// In words, for people.
    package var reason: String
    /// The broker does not speak this version of MQTT.
    package var isAboutVersion = false
    /// Another client with the same client id threw us out.
    package var isTakeover = false
    /// The other side closed without a word.
    package var isSilentHangUp = false

    package init(_ reason: String, isAboutVersion: Bool = false, isTakeover: Bool = false, isSilentHangUp: Bool = false)
    {
        self.reason = reason
        self.isAboutVersion = isAboutVersion
        self.isTakeover = isTakeover
        self.isSilentHangUp = isSilentHangUp
    }
}
