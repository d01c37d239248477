package import Base
package import Runtime
package import Settings

/// A file for whoever helps, that may be shown to others. Everything in it is taken member by member: what somebody adds to the
/// settings or to `/debug` is not in it until it has a place here.
package struct Diagnosis: Sendable {
    /// Of the log.
    private static let mostLines = 200
    /// Members of `/debug` that go in as they are.
    private static let told = [
        "version", "uptimeSeconds", "logLevel", "residentMegabytes", "restarts", "board", "vitals", "network",
        "problems",
        "parts", "cameras", "queues", "broker", "storage", "disk", "sessions", "services",
    ]

    private let settings: Settings
    private let log: LogMemory

    package init(settings: Settings, log: LogMemory) {
        self.settings = settings
        self.log = log
    }

    /// - Parameter debug: what `/debug` tells.
    package func json(debug: JSONValue, now: WallTime = .now()) -> JSONValue {
        var members = Dictionary(uniqueKeysWithValues: Self.told.map { ($0, debug[$0] ?? .null) })
        members["made"] = .string(now.rfc3339)
        members["processors"] = .array((debug["processors"]?.array ?? []).map { Self.only(Self.ofProcessor, $0) })
        members["faceCollections"] = .array(
            (debug["faceCollections"]?.array ?? []).map { Self.only(Self.ofCollection, $0) })
        members["settings"] = SettingsSummary.json(of: settings)
        members["log"] = log.newest(Self.mostLines).json
        return masked(.object(members))
    }

    /// Without the message, which may name a collection.
    private static let ofProcessor = ["name", "camera", "status", "revision"]
    /// Without the name, which is a person's or a family's.
    private static let ofCollection = ["faces", "users", "model"]

    private static func only(_ names: [String], _ value: JSONValue) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: names.map { ($0, value[$0] ?? .null) }))
    }

    /// Reasons and problems quote what they are about, such as a camera's path.
    private func masked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(log.mask.masked(text))
        case .array(let values): .array(values.map(masked))
        case .object(let members): .object(members.mapValues(masked))
        default: value
        }
    }
}
