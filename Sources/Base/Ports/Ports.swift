/// What the API, the command line and MQTT commands may ask of stream processors. Filled by `Control`.
package protocol StreamProcessorControl: Sendable {
    /// Returns the new processor's ARN.
    func create(_ request: ProcessorRequest) async throws(ControlError) -> String
    /// Hot: takes effect between two frames. Returns the revision now in force; an empty change changes nothing.
    func update(_ name: ProcessorName, _ change: SettingsChange) async throws(ControlError) -> Int
    /// Returns the session id.
    func start(_ name: ProcessorName, _ request: StartRequest) async throws(ControlError) -> String
    func stop(_ name: ProcessorName) async throws(ControlError)
    func describe(_ name: ProcessorName) async throws(ControlError) -> ProcessorDescription
    /// All, by name.
    func list() async -> [ProcessorDescription]
    func delete(_ name: ProcessorName) async throws(ControlError)
    func tags(of arn: String) async throws(ControlError) -> [String: String]
    func tag(_ arn: String, with tags: [String: String]) async throws(ControlError)
    func untag(_ arn: String, keys: [String]) async throws(ControlError)
}

/// Where `Control` keeps processors. Filled by `Store`.
package protocol ProcessorArchive: Sendable {
    func load() async throws -> [ArchivedProcessor]
    func save(_ processor: ArchivedProcessor) async throws
    func delete(_ name: ProcessorName) async throws
    /// - Returns: those of `cameras` that no start before has noted.
    func unseen(among cameras: [CameraName]) async throws -> [CameraName]
    /// They have what a camera gets that is named for the first time.
    func noteSeen(_ cameras: [CameraName]) async throws
}

/// What the API, the command line and MQTT commands may ask of modes. Filled by `Control`.
package protocol ModeControl: Sendable {
    func modes() async -> ModeList
    /// Keeps a mode; one of the same name is replaced. What runs stays as it is.
    func keep(_ mode: Mode) async throws(ControlError)
    /// Keeps what all processors are set to now, without what is only on trial, as a mode.
    func keepCurrent(as name: ModeName) async throws(ControlError)
    /// What runs stays as it is, also when the mode was on.
    func deleteMode(_ name: ModeName) async throws(ControlError)
    /// All that the mode says comes into force, or nothing and the error names what was refused.
    /// - Parameter name: nil: no mode is on any more, and everything stays as it is.
    func enter(_ name: ModeName?) async throws(ControlError) -> ModeState
}

/// Where `Control` keeps modes. Filled by `Store`.
package protocol ModeArchive: Sendable {
    /// By name, and which of them is on.
    func loadModes() async throws -> (modes: [Mode], current: ModeName?)
    func save(_ mode: Mode) async throws
    func delete(_ mode: ModeName) async throws
    /// These processors as they are after the switch, and which mode is on: both or neither.
    func enter(_ mode: ModeName?, _ processors: [ArchivedProcessor]) async throws
}

/// Where `Control` keeps the sessions that are open, so that a power cut ends them with a word, and what they have to
/// tell. Filled by `Store`, which says when it cannot be written; a session goes on all the same.
package protocol SessionArchive: Sendable {
    /// - Parameter body: the session as JSON; replaces what was kept of it.
    /// - Returns: false when it could not be kept.
    func keep(session id: String, _ body: [UInt8]) async -> Bool
    /// Puts a notification into the outbox and forgets the session that ends with it: both or neither.
    /// - Returns: false when neither could be done.
    func put(_ notification: SessionNotification?, ending session: String?) async -> Bool
    /// What earlier starts of the program left open.
    func leftOpen() async -> [(id: String, body: [UInt8])]
}

/// A processor with what it needs to go on after a power cut.
package struct ArchivedProcessor: Sendable, Equatable, Codable {
    package var description: ProcessorDescription
    /// The request of the session that runs, for a processor that is to run again.
    package var startEcho: JSONValue?

    package init(description: ProcessorDescription, startEcho: JSONValue?) {
        self.description = description
        self.startEcho = startEcho
    }
}

/// The outbox: events and notifications wait here until the broker has acknowledged them. Filled by `Store`.
package protocol Outbox: Sendable {
    /// The oldest entries that are not sent, in the order in which they came.
    /// - Parameter position: only those that come after it.
    func unsent(limit: Int, after position: OutboxPosition) async throws -> [OutboxEntry]
    func markSent(_ ids: [OutboxEntry.ID]) async throws
}

/// What MQTT commands may do; each answers with the JSON to publish on the command's `result` topic. Filled by the wiring.
package protocol CommandHandler: Sendable {
    /// `settings/set`: an UpdateStreamProcessor body without `Name`.
    func setSettings(of processor: String, json: [UInt8]) async -> [UInt8]
    /// `enabled/set`: start or stop.
    func setEnabled(of processor: String, _ isOn: Bool) async -> [UInt8]
    /// `background/set` with `CLEAR`: what a camera has learned to be a part of its scene may be a visitor again.
    func forgetBackground(of camera: CameraName) async -> [UInt8]
    /// `mode/set`: switches to a mode; nil for none.
    func setMode(_ name: String?) async -> [UInt8]
}

/// What `/healthz`, `/metrics` and `/debug` tell. Filled by the wiring.
package protocol HealthSource: Sendable {
    func health() async -> HealthReport
    /// Prometheus text format.
    func metricsText() async -> String
    /// What every part of the daemon does right now.
    func debugDump() async -> JSONValue
    /// What helps others to find a fault, and may be shown to them: no picture, no secret, nothing of anybody's face.
    func diagnosis() async -> JSONValue
    /// The latest picture of a camera.
    /// - Parameter last: when the picture that the asker has was taken; that one is not made again.
    /// - Returns: nil for an unknown camera, before its first picture, while it is away, and while there is no other picture.
    func snapshot(of camera: String, otherThan last: MonotonicTime?) async -> Snapshot?
    /// What a camera showed before it was moved, small.
    /// - Returns: nil for a camera of which that is not told now.
    func pictureBeforeMove(of camera: String) -> Snapshot?
}

/// A picture for people to look at.
package struct Snapshot: Sendable {
    package var jpeg: [UInt8]
    package var capturedAt: MonotonicTime

    package init(jpeg: [UInt8], capturedAt: MonotonicTime) {
        self.jpeg = jpeg
        self.capturedAt = capturedAt
    }
}

package struct HealthReport: Sendable {
    package var isHealthy: Bool
    package var json: JSONValue

    package init(isHealthy: Bool, json: JSONValue) {
        self.isHealthy = isHealthy
        self.json = json
    }
}
