import Base

/// What is wrong with a box, from its retained states: told once when it lasts, and again only after it was well for a
/// while. Pure.
struct TroubleWatch: Sendable {
    struct Trouble: Sendable, Equatable {
        /// `box`, `health`, or `camera/<c>`.
        var key: String
        var words: String
    }

    private struct State: Sendable {
        var words: String?
        /// Since when it has words, or has none.
        var since: MonotonicTime
        var isTold = false
    }

    /// A cable that is pulled and put back, a restart: not worth a word.
    static let patience = Duration.seconds(60)
    static let recovery = Duration.seconds(600)
    private static let mostKeys = 64
    private static let longest = 300

    private var states: [String: State] = [:]
    /// Of cameras, from their `health`.
    private var reasons: [String: String] = [:]
    private var isOff: [String: Set<String>] = [:]

    mutating func heard(_ topic: String, _ payload: [UInt8], at now: MonotonicTime) {
        let levels = topic.split(separator: "/").map(String.init)
        let text = String(decoding: payload.prefix(64), as: UTF8.self)
        switch levels {
        case ["status"]: set("box", text == "offline" ? "the box is offline" : nil, at: now)
        case ["health"]: set("health", Self.problems(payload), at: now)
        case let levels where levels.count == 3 && levels[0] == "camera":
            camera(levels[1], levels[2], payload, text, at: now)
        default: return
        }
    }

    private mutating func camera(
        _ name: String, _ what: String, _ payload: [UInt8], _ text: String, at now: MonotonicTime
    ) {
        guard reasons[name] != nil || reasons.count < Self.mostKeys else { return }
        switch what {
        case "status": flag(name, what, text == "offline")
        case "problem": flag(name, what, text == "ON")
        case "health":
            let json = JSONValue(parsing: payload)
            let words = [json?["problem"], json?["reason"]].compactMap { $0?.string }.first { !$0.isEmpty }
            reasons[name] = words.map(Self.line) ?? ""
        default: return
        }
        let reason = (reasons[name] ?? "").isEmpty ? "" : ": \(reasons[name] ?? "")"
        let isWell = isOff[name, default: []].isEmpty
        let word = isOff[name, default: []].contains("status") ? "is offline" : "has a problem"
        set("camera/\(name)", isWell ? nil : "the camera \(name) \(word)\(reason)", at: now)
    }

    private mutating func flag(_ name: String, _ what: String, _ isSet: Bool) {
        if reasons[name] == nil { reasons[name] = "" }
        if isSet { isOff[name, default: []].insert(what) } else { isOff[name, default: []].remove(what) }
    }

    /// `problems` of `health`.
    private static func problems(_ payload: [UInt8]) -> String? {
        let problems = JSONValue(parsing: payload)?["problems"]?.array?.compactMap(\.string) ?? []
        return problems.isEmpty ? nil : line(problems.joined(separator: "; "))
    }

    private static func line(_ text: String) -> String {
        text.unicodeScalars.prefix(longest).map { $0.isControl ? " " : String($0) }.joined()
    }

    private mutating func set(_ key: String, _ words: String?, at now: MonotonicTime) {
        guard var state = states[key] else {
            if states.count < Self.mostKeys { states[key] = State(words: words, since: now) }
            return
        }
        if (state.words == nil) != (words == nil) {
            // It came back before it counted as well: the trouble that was told goes on.
            if words != nil, state.isTold, now - state.since >= Self.recovery { state.isTold = false }
            state.since = now
        }
        state.words = words
        states[key] = state
    }

    /// What has lasted long enough and was not told.
    mutating func due(at now: MonotonicTime) -> [Trouble] {
        var found: [Trouble] = []
        for (key, state) in states {
            guard let words = state.words, !state.isTold, now - state.since >= Self.patience else { continue }
            states[key]?.isTold = true
            found.append(Trouble(key: key, words: words))
        }
        return found.sorted { $0.key < $1.key }
    }
}
