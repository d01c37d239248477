package import Base
package import Runtime

/// Judges from what the program's threads last said whether they still move. Pure: the clock is a parameter.
///
/// A thread says what it begins and when it will speak again at the latest; a call that never returns (a driver's, the
/// disk's) shows by the silence after that. Threads cannot be asked: the one that hangs cannot answer.
package struct Liveness: Sendable {
    /// What may hang by itself.
    package enum Part: Hashable, Sendable, CustomStringConvertible {
        /// The thread that looks at pictures.
        case analysis
        /// Storing and telling what was seen.
        case events
        /// The thread that talks to the broker.
        case mqtt
        case camera(CameraName)
        /// A queue of writes that nobody waits for, by its name.
        case disk(String)

        package var description: String {
            switch self {
            case .analysis: "analysis"
            case .events: "events"
            case .mqtt: "MQTT"
            case .camera(let name): "camera \(name)"
            case .disk(let queue): "disk queue \(queue)"
            }
        }
    }

    /// The last word of a part.
    package struct Beat: Sendable, Equatable {
        package var part: Part
        package var at: MonotonicTime
        /// What it began then.
        package var doing: ThreadWork
        /// It will not speak before that on purpose: it sleeps, or waits for something that may take so long.
        package var quietFor: Duration

        package init(part: Part, at: MonotonicTime, doing: ThreadWork, quietFor: Duration = .zero) {
            self.part = part
            self.at = at
            self.doing = doing
            self.quietFor = quietFor
        }
    }

    /// The age of a camera's last picture, while its thread says that it is online.
    package struct Picture: Sendable, Equatable {
        package var camera: CameraName
        package var at: MonotonicTime
        /// After so long without one it is not online, whatever its thread says.
        package var within: Duration

        package init(camera: CameraName, at: MonotonicTime, within: Duration) {
            self.camera = camera
            self.at = at
            self.within = within
        }
    }

    /// A part that stands still.
    package struct Hang: Sendable, Equatable {
        package var part: Part
        package var doing: ThreadWork
        package var since: MonotonicTime

        package init(part: Part, doing: ThreadWork, since: MonotonicTime) {
            self.part = part
            self.doing = doing
            self.since = since
        }
    }

    /// How long each kind of part may be silent beyond what it said.
    package struct Limits: Sendable {
        /// No call of a V4L2 driver in non-blocking mode takes seconds; a decoded picture of 8192x8192 takes one.
        package var camera = Duration.seconds(5)
        /// At least; see `analysisFactor`. With the time to tell it, no state is wrong for more than ten seconds.
        package var analysis = Duration.seconds(8)
        /// A large network on a small board is slow and does not hang: so many times the longest turn that ended.
        package var analysisFactor = 4
        /// SD cards stop for seconds while they tidy up; SQLite waits 5 s for a lock.
        package var events = Duration.seconds(10)
        package var disk = Duration.seconds(15)
        /// It waits for nothing but its sockets, in `poll`; a handshake of TLS is milliseconds of work.
        package var mqtt = Duration.seconds(10)
        /// When the judge itself was away for longer than that (the process was stopped, the board too busy), nobody else
        /// is to blame for having been away, too.
        package var judge = Duration.seconds(3)

        package init() {}

        /// - Parameter longestTurn: of the analysis, of those that have ended.
        package func analysis(_ longestTurn: Duration) -> Duration { max(analysis, longestTurn * analysisFactor) }
    }

    private let limits: Limits
    private var lastLook: MonotonicTime?
    /// Silence before it counts for nothing.
    private var countedFrom = MonotonicTime(nanoseconds: .min)

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// The parts that stand still now: those of `beats` in their order, then cameras whose threads move and bring nothing.
    /// To be asked about once a second.
    /// - Parameter longestTurn: of the analysis, of those that have ended.
    package mutating func hangs(
        among beats: [Beat], pictures: [Picture] = [], longestTurn: Duration = .zero, at now: MonotonicTime
    ) -> [Hang] {
        if let lastLook, now - lastLook > limits.judge { countedFrom = now }
        lastLook = now
        let silent = beats.compactMap { beat in
            let isLate = now - max(beat.at + beat.quietFor, countedFrom) > limit(of: beat.part, longestTurn)
            return isLate ? Hang(part: beat.part, doing: beat.doing, since: beat.at) : nil
        }
        let parts = Set(silent.map(\.part))
        return silent
            + pictures.compactMap { picture in
                let isLate = now - max(picture.at, countedFrom) > picture.within
                guard isLate, !parts.contains(.camera(picture.camera)) else { return nil }
                return Hang(part: .camera(picture.camera), doing: .step("waiting for a picture"), since: picture.at)
            }
    }

    private func limit(of part: Part, _ longestTurn: Duration) -> Duration {
        switch part {
        case .analysis: limits.analysis(longestTurn)
        case .events: limits.events
        case .camera: limits.camera
        case .disk: limits.disk
        case .mqtt: limits.mqtt
        }
    }
}

extension Liveness.Hang {
    /// What stands still and what to do about it. The same words for as long as it lasts.
    package var words: String {
        switch part {
        case .analysis: "the analysis does not come back from \(doing): nobody looks at the cameras' pictures"
        case .events:
            "what was seen cannot be stored: the disk does not answer; if this lasts, check the SD card or disk"
        case .mqtt: "the broker hears nothing: nothing comes back from \(doing): \(remedy)"
        case .camera: "nothing comes back from \(doing): \(remedy)"
        case .disk(let queue): "the disk does not answer (\(queue)): check the SD card or disk"
        }
    }

    private var remedy: String {
        switch doing {
        case .driverCall:
            "unplug the camera and plug it in again; if that does not help, restart the box"
        case .reading: "check the disk or network share that holds it"
        case .writing: "check the SD card or disk"
        case .nameLookup: "check the network and its name server, or give mqtt.host as an address"
        case .step where part == .mqtt: "restart porchlight"
        case .step: "unplug the camera and plug it in again; if that does not help, restart porchlight"
        }
    }

    /// Without it nothing of what the cameras see is looked at or kept: no camera's state may claim so.
    package var stopsAll: Bool {
        switch part {
        case .analysis, .events: true
        case .mqtt, .camera, .disk: false
        }
    }

    /// Only a new start of the program helps: systemd's watchdog is to know. A new start gets no answer from a name
    /// server or a disk either.
    package var needsRestart: Bool {
        if case .mqtt = part, case .step = doing { return true }
        return stopsAll
    }
}
