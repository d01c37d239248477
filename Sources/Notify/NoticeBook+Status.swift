package import Base

extension NoticeBook {
    /// The payload of `notify/status`: counts since the start of the program.
    package var status: JSONValue {
        var members: [String: JSONValue] = [:]
        for target in targets {
            guard let desk = desks[target.name] else { continue }
            members[target.name] = desk.json(target, waiting: waitingCount(target.name))
        }
        return [
            "online": true, "targets": .object(members), "box": .string(boxStatus ?? "unknown"),
            "disk": diskProblem.map(JSONValue.string) ?? .null,
            "dropped": [
                "replayedTooLate": .integer(Int64(counters.replayedTooLate)),
                "unreadable": .integer(Int64(counters.unreadable)),
                "picturesLost": .integer(Int64(counters.picturesLost)),
                "orphaned": .integer(Int64(counters.orphaned)),
            ],
        ]
    }

    /// The will, and the last word.
    package static let offline: JSONValue = ["online": false]

    package func waitingCount(_ target: String) -> Int { notices.count { $0.waiting.contains(target) } }

    /// One line for `systemctl status`.
    package var line: String {
        let problems = targets.compactMap { target in desks[target.name]?.problem.map { "\(target.name): \($0)" } }
        let sent = desks.values.map(\.sent).reduce(0, +)
        let words = "\(sent) told, \(notices.count) waiting"
        return (diskProblem.map { "disk: \($0)" }.map { [$0] } ?? []).reduce(
            problems.isEmpty ? words : "\(words); \(problems.joined(separator: "; "))"
        ) { "\($0); \($1)" }
    }

    /// What a target's log line says when it changes: nil while all is well.
    package func problem(of target: String) -> String? { desks[target]?.problem }
}

extension NoticeBook.Desk {
    fileprivate func json(_ target: TargetSettings, waiting: Int) -> JSONValue {
        [
            "kind": .string(target.kind), "server": .string(target.target.server), "sent": .integer(Int64(sent)),
            "waiting": .integer(Int64(waiting)), "quiet": .integer(Int64(quiet)),
            "dropped": [
                "tooOld": .integer(Int64(tooOld)), "refused": .integer(Int64(refused)),
                "queueFull": .integer(Int64(queueFull)),
            ],
            "lastSent": lastSent.map { .string($0.rfc3339) } ?? .null,
            "problem": problem.map(JSONValue.string) ?? .null,
            "problemSince": problemSince.map { .string($0.rfc3339) } ?? .null,
        ]
    }
}
