/// What its owner calls a mode: 1–128 characters of `a-z A-Z 0-9 _ . -`, as of a processor; not `.` or `..`, which are no
/// part of an address, and not `none` in any case, which is the word for no mode.
package struct ModeName: Sendable, Hashable, Comparable, TextCoded {
    package static let kind = "name of a mode"
    package let text: String

    /// The word for no mode.
    package static let none = "none"

    package init?(_ text: String) {
        guard ProcessorName(text) != nil, text != ".", text != "..", text.lowercased() != Self.none else { return nil }
        self.text = text
    }

    package static func < (a: ModeName, b: ModeName) -> Bool { a.text < b.text }
}

/// What a mode says of one processor; nil leaves a thing as it is.
package struct ModeSettings: Sendable, Equatable, Codable {
    /// As in `ConnectedHomePlan`.
    package var labelNames: [String]?
    package var minConfidence: Confidence?
    /// Empty: the whole picture.
    package var regions: [Region]?
    package var isRunning: Bool?

    package init(
        labelNames: [String]? = nil, minConfidence: Confidence? = nil, regions: [Region]? = nil, isRunning: Bool? = nil
    ) {
        self.labelNames = labelNames
        self.minConfidence = minConfidence
        self.regions = regions
        self.isRunning = isRunning
    }

    /// It says nothing of labels, confidence and regions.
    package var isAboutRunningOnly: Bool { labelNames == nil && minConfidence == nil && regions == nil }
}

/// A named set of processors' settings, to be put into force together.
package struct Mode: Sendable, Equatable, Codable {
    package var name: ModeName
    /// Those that it says something of.
    package var processors: [ProcessorName: ModeSettings]

    package init(name: ModeName, processors: [ProcessorName: ModeSettings]) {
        self.name = name
        self.processors = processors
    }

    private enum CodingKeys: String, CodingKey { case name, processors }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        name = try members.decode(ModeName.self, forKey: .name)
        processors = [:]
        for (text, settings) in try members.decode([String: ModeSettings].self, forKey: .processors) {
            guard let processor = ProcessorName(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .processors, in: members, debugDescription: "no name of a processor")
            }
            processors[processor] = settings
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        let named = processors.map { ($0.key.text, $0.value) }
        try members.encode(Dictionary(named) { first, _ in first }, forKey: .processors)
    }
}

/// Which mode is on, and what there is to switch to.
package struct ModeState: Sendable, Equatable {
    /// Nil when none is on.
    package var current: ModeName?
    /// Processors that are not as the mode that is on says: somebody has changed, stopped or deleted them since, or tries
    /// something else out. By name.
    package var changed: [ProcessorName]
    /// By name.
    package var names: [ModeName]

    package init(current: ModeName? = nil, changed: [ProcessorName] = [], names: [ModeName] = []) {
        self.current = current
        self.changed = changed
        self.names = names
    }
}

/// All modes of the box.
package struct ModeList: Sendable, Equatable {
    package var state: ModeState
    /// By name. `problems`: why it could not be switched to as things are, in words; empty when it could.
    package var modes: [(mode: Mode, problems: [String])]

    package init(state: ModeState, modes: [(mode: Mode, problems: [String])]) {
        self.state = state
        self.modes = modes
    }

    package static func == (a: ModeList, b: ModeList) -> Bool {
        a.state == b.state && a.modes.map(\.mode) == b.modes.map(\.mode)
            && a.modes.map(\.problems) == b.modes.map(\.problems)
    }
}
