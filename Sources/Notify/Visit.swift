package import Base

/// What an event of a box says about one visit; whatever is not of the expected form makes no visit.
package struct Visit: Sendable, Equatable {
    package var id: String
    package var processor: String
    package var camera: String
    /// As in topics: `person`, `pet`, `package`.
    package var label: String
    /// Percent, of the best picture, or of what a path adds up to.
    package var confidence: Double
    /// Who it is, where faces are searched; `unknown` for a stranger.
    package var name: String?
    /// Faces are searched: a name may come with a later event.
    package var isFaceSearched: Bool
    /// When it began; nil when the box's clock was not set.
    package var began: WallTime?
    /// The event waited in the box for its broker.
    package var isReplayed: Bool
    /// It says that the visit begins; else the beginning was missed, or told before.
    package var isBeginning: Bool

    private static let longest = 128

    /// - Parameter event: the message of `processor/<p>/event`.
    package init?(event: JSONValue) {
        guard let id = Self.word(event["id"]), let processor = Self.word(event["processor"]),
            let label = Self.word(event["event_type"]),
            ["started", "updated", "ended"].contains(event["phase"]?.string)
        else { return nil }
        self.id = id
        self.processor = processor
        self.label = label
        camera = Self.word(event["camera"]) ?? processor
        let sure =
            [event["confidence"], event["pathConfidence"]].compactMap { $0?.double }.filter(\.isFinite).max() ?? 0
        confidence = min(100, max(0, sure))
        name = Self.word(event["face"]?["name"])
        isFaceSearched = event["face"]?.object != nil
        isReplayed = event["replayed"]?.bool ?? false
        isBeginning = event["phase"]?.string == "started"
        let isTimeKnown = event["timeQuality"]?.string != "unsynchronized"
        let time = (event["since"]?.string ?? event["time"]?.string).flatMap(WallTime.init(rfc3339:))
        began = isTimeKnown ? time.flatMap { $0.isPlausible ? $0 : nil } : nil
    }

    /// Another event of the same visit: what is known now.
    package mutating func update(_ newer: Visit) {
        confidence = max(confidence, newer.confidence)
        name = newer.name ?? name
        isFaceSearched = isFaceSearched || newer.isFaceSearched
    }

    /// What is told of somebody whose face was searched and who got no name.
    package static let unknownName = "unknown"

    /// A text of the payload that people may see: one line, not long; nil when there is none.
    package static func word(_ value: JSONValue?) -> String? {
        guard let text = value?.string, (1...longest).contains(text.utf8.count),
            !text.unicodeScalars.contains(where: \.isControl)
        else { return nil }
        return text
    }
}

/// Which visits somebody wants to hear of.
package struct VisitRules: Sendable, Equatable {
    package enum Answer: Sendable, Equatable {
        case yes
        /// A later event of this visit may make it a yes.
        case notYet
        case no
    }

    /// Nil = all of them, here and below.
    package var processors: Set<String>?
    package var labels: Set<String>?
    /// Percent.
    package var minConfidence: Double
    package var names: Set<String>?
    package var exceptNames: Set<String>

    package init(
        processors: Set<String>? = nil, labels: Set<String>? = nil, minConfidence: Double = 0,
        names: Set<String>? = nil, exceptNames: Set<String> = []
    ) {
        self.processors = processors
        self.labels = labels
        self.minConfidence = minConfidence
        self.names = names
        self.exceptNames = exceptNames
    }

    /// What is told may depend on a name that comes later.
    package var asksForNames: Bool { names != nil || !exceptNames.isEmpty }

    /// - Parameter isNameAwaited: a name that is not there may still come.
    package func answer(on visit: Visit, isNameAwaited: Bool) -> Answer {
        if let processors, !processors.contains(visit.processor) { return .no }
        if let labels, !labels.contains(visit.label) { return .no }
        if let name = visit.name {
            if exceptNames.contains(name) { return .no }
            if let names, !names.contains(name) { return .notYet }
        } else if names != nil || (isNameAwaited && !exceptNames.isEmpty) {
            return .notYet
        }
        return visit.confidence >= minConfidence ? .yes : .notYet
    }
}
