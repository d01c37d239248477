package import Base
import Glibc

/// The two clocks at one instant: the monotonic one for pauses, the other one for what people read.
package struct Moment: Sendable {
    package var monotonic: MonotonicTime
    package var wall: WallTime

    package init(monotonic: MonotonicTime, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    package static func now() -> Moment { Moment(monotonic: .now(), wall: .now()) }
}

/// One thing that is told, and who has not heard it yet.
package struct Notice: Sendable, Equatable {
    package enum Subject: Sendable, Equatable {
        case visit(Visit)
        /// Something is wrong with the box or a camera, in words.
        case trouble(id: String, String)
        case test
    }

    /// The picture that goes with it.
    package enum Picture: Sendable, Equatable {
        case none
        /// Not on the disk yet.
        case memory([UInt8])
        case file(bytes: Int, hash: UInt32)
    }

    /// Rising; names the file of the picture.
    package let number: UInt64
    package var subject: Subject
    /// When it happened; nil when nobody knows.
    package var time: WallTime?
    package var picture: Picture
    /// The targets that are still to be told.
    package var waiting: Set<String>
    /// Those of them that do not take the picture.
    package var withoutPicture: Set<String> = []

    package init(number: UInt64, subject: Subject, time: WallTime?, picture: Picture, waiting: Set<String>) {
        self.number = number
        self.subject = subject
        self.time = time
        self.picture = picture
        self.waiting = waiting
    }

    package var id: String {
        switch subject {
        case .visit(let visit): visit.id
        case .trouble(let id, _): id
        case .test: "test"
        }
    }

    package var pictureBytes: Int {
        switch picture {
        case .none: 0
        case .memory(let bytes): bytes.count
        case .file(let bytes, _): bytes
        }
    }
}

/// A notice in words, at the moment in which it is told.
package struct NoticeMessage: Sendable, Equatable {
    package var title: String
    package var text: String
    /// For programs; docs/notify.md has the members.
    package var json: [String: JSONValue]
    package var fileName: String
    /// RFC 5322, in UTC.
    package var mailDate: String
    package var idForMail: String

    /// Later than this after the visit began the notice says so.
    package static let late = Duration.seconds(120)

    /// - Parameter secondsAhead: seconds that local clocks are ahead of UTC at a time in seconds since 1970.
    package init(
        _ notice: Notice, deviceID: String, at now: WallTime,
        _ secondsAhead: @escaping @Sendable (Int64) -> Int64 = LocalTime.secondsAhead
    ) {
        let clock = Clock(secondsAhead: secondsAhead, now: now)
        let delay = notice.time.flatMap { now.isPlausible ? max(0, now.milliseconds - $0.milliseconds) / 1000 : nil }
        let lateSeconds = delay.flatMap { $0 >= Self.late.components.seconds ? $0 : nil }
        let late = lateSeconds.map { "; told \(Self.words(seconds: $0)) late" } ?? ""
        let when = notice.time.map { clock.text($0) } ?? "time unknown"
        switch notice.subject {
        case .visit(let visit):
            title = "\(Self.who(visit)) at \(visit.processor)"
            text = "\(when), \(Int(visit.confidence.rounded())) %\(late)"
        case .trouble(_, let words):
            title = "Porchlight \(deviceID): trouble"
            text = "\(when): \(words)\(late)"
        case .test:
            title = "Porchlight \(deviceID): test"
            text = "This is a test. Notices of \(deviceID) arrive here."
        }
        json = [
            "id": .string(notice.id), "deviceId": .string(deviceID), "title": .string(title), "text": .string(text),
            "time": notice.time.map { .string($0.rfc3339) } ?? .null,
            "lateSeconds": lateSeconds.map(JSONValue.integer) ?? .null,
        ]
        json.merge(Self.members(notice.subject)) { _, new in new }
        fileName = Self.fileName(notice.subject)
        mailDate = Self.mailDate(now)
        idForMail = String(
            "\(notice.id).\(deviceID)".map {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-"
            })
    }

    private static func members(_ subject: Notice.Subject) -> [String: JSONValue] {
        switch subject {
        case .visit(let visit):
            [
                "kind": "visit", "processor": .string(visit.processor), "camera": .string(visit.camera),
                "event_type": .string(visit.label), "confidence": .number(visit.confidence),
                "name": visit.name.map(JSONValue.string) ?? .null, "replayed": .bool(visit.isReplayed),
            ]
        case .trouble: ["kind": "trouble"]
        case .test: ["kind": "test"]
        }
    }

    private static func who(_ visit: Visit) -> String {
        switch visit.name {
        case Visit.unknownName: "Unknown \(visit.label)"
        case let name?: name
        case nil: visit.label.prefix(1).uppercased() + visit.label.dropFirst()
        }
    }

    private static func fileName(_ subject: Notice.Subject) -> String {
        guard case .visit(let visit) = subject, visit.label.utf8.allSatisfy(\.isNameCharacter) else {
            return "picture.jpg"
        }
        return "\(visit.label).jpg"
    }

    static func words(seconds: Int64) -> String {
        if seconds < 3600 { return "\(max(1, seconds / 60)) min" }
        let minutes = seconds / 60 % 60
        return "\(seconds / 3600) h\(minutes > 0 ? " \(minutes) min" : "")"
    }

    private static func mailDate(_ time: WallTime) -> String {
        let text = time.rfc3339  // 2026-11-21T03:32:29.123Z
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split { "-T.".contains($0) }.map(String.init)
        guard parts.count == 5, let month = Int(parts[1]), months.indices.contains(month - 1) else { return text }
        return "\(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]) +0000"
    }

    /// Times as the clocks here show them, with the date when it is not today's.
    private struct Clock {
        let secondsAhead: (Int64) -> Int64
        let now: WallTime

        func text(_ time: WallTime) -> String {
            let (there, here) = (local(time), local(now))
            let parts = there.rfc3339.prefix(16).split(separator: "T").map(String.init)
            guard parts.count == 2 else { return there.rfc3339 }
            return here.rfc3339.hasPrefix(parts[0]) ? parts[1] : "\(parts[0]) \(parts[1])"
        }

        private func local(_ time: WallTime) -> WallTime {
            WallTime(milliseconds: time.milliseconds + secondsAhead(time.milliseconds / 1000) * 1000)
        }
    }
}
