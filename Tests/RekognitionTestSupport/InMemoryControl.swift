package import Base
import Synchronization

/// A control room without cameras: keeps what it is told, refuses as the real one does.
package actor InMemoryControl: StreamProcessorControl {
    private var processors: [ProcessorName: ProcessorDescription] = [:]
    private let cameras: Set<String>
    /// The last request of each kind, for tests that look at what arrived.
    package private(set) var lastCreate: ProcessorRequest?
    package private(set) var lastChange: SettingsChange?
    package private(set) var lastStart: StartRequest?

    package init(cameras: Set<String> = ["front-door", "garden"]) { self.cameras = cameras }

    package func create(_ request: ProcessorRequest) async throws(ControlError) -> String {
        lastCreate = request
        guard cameras.contains(request.cameraName), let camera = CameraName(request.cameraName) else {
            throw .invalidParameter("unknown camera '\(request.cameraName)', known: \(cameras.sorted())")
        }
        guard processors[request.name] == nil else { throw .inUse("Stream processor name already in use") }
        let arn = "arn:aws:rekognition:us-east-1:000000000000:streamprocessor/\(request.name)"
        let definition = ProcessorDefinition(
            name: request.name, arn: arn, camera: camera, inputARN: request.inputARN,
            output: request.output, roleARN: request.roleARN,
            notificationTopicARN: request.notificationTopicARN, kmsKeyID: request.kmsKeyID,
            dataSharingOptIn: request.dataSharingOptIn, tags: request.tags)
        let plan: ProcessorPlan
        switch request.plan {
        case .connectedHome(let names, let minConfidence, let regions):
            plan = .connectedHome(
                ConnectedHomePlan(
                    labelNames: names, labels: try Self.labels(names),
                    minConfidence: minConfidence ?? ConnectedHomePlan.defaultMinConfidence, regions: regions))
        case .faceSearch(let faces): plan = .faceSearch(faces)
        }
        processors[request.name] = ProcessorDescription(
            definition: definition, settings: AnalysisSettings(plan: plan, revision: 1), status: .stopped,
            statusMessage: "",
            createdAt: WallTime(milliseconds: 1_700_000_000_123), updatedAt: WallTime(milliseconds: 1_700_000_000_500),
            isEnabled: false)
        return arn
    }

    package func update(_ name: ProcessorName, _ change: SettingsChange) async throws(ControlError) -> Int {
        lastChange = change
        var processor = try await describe(name)
        let before = processor
        if var home = processor.settings.connectedHome {
            if let names = change.labelNames {
                home.labels = try Self.labels(names)
                home.labelNames = names
            }
            if let confidence = change.minConfidence { home.minConfidence = confidence }
            if change.deleteMinConfidence { home.minConfidence = ConnectedHomePlan.defaultMinConfidence }
            if let regions = change.regions { home.regions = regions }
            if change.deleteRegions { home.regions = [] }
            processor.settings.plan = .connectedHome(home)
        }
        if let optIn = change.dataSharingOptIn { processor.definition.dataSharingOptIn = optIn }
        if processor != before { processor.settings.revision += 1 }
        processors[name] = processor
        return processor.settings.revision
    }

    package func start(_ name: ProcessorName, _ request: StartRequest) async throws(ControlError) -> String {
        lastStart = request
        guard try await describe(name).status == .stopped else { throw .inUse("Stream processor is running already") }
        processors[name]?.status = .running
        return "5b0d6dc5-0000-4000-8000-000000000000"
    }

    package func stop(_ name: ProcessorName) async throws(ControlError) {
        guard try await describe(name).status == .running else {
            throw .inUse("Processor not available for stopping stream")
        }
        processors[name]?.status = .stopped
    }

    package func describe(_ name: ProcessorName) async throws(ControlError) -> ProcessorDescription {
        guard let processor = processors[name] else { throw .notFound("there is no stream processor '\(name)'") }
        return processor
    }

    package func list() async -> [ProcessorDescription] {
        processors.values.sorted { $0.definition.name < $1.definition.name }
    }

    package func delete(_ name: ProcessorName) async throws(ControlError) {
        guard try await describe(name).status == .stopped else { throw .inUse("Cannot delete stream processor") }
        processors[name] = nil
    }

    package func tags(of arn: String) async throws(ControlError) -> [String: String] {
        try processor(arn).definition.tags
    }

    package func tag(_ arn: String, with tags: [String: String]) async throws(ControlError) {
        let name = try processor(arn).definition.name
        processors[name]?.definition.tags.merge(tags) { _, new in new }
    }

    package func untag(_ arn: String, keys: [String]) async throws(ControlError) {
        let name = try processor(arn).definition.name
        for key in keys { processors[name]?.definition.tags[key] = nil }
    }

    private func processor(_ arn: String) throws(ControlError) -> ProcessorDescription {
        guard let processor = processors.values.first(where: { $0.definition.arn == arn }) else {
            throw .notFound("there is no resource '\(arn)'")
        }
        return processor
    }

    private static func labels(_ names: [String]) throws(ControlError) -> Set<Label> {
        var labels: Set<Label> = []
        for name in names {
            if name == "ALL" {
                labels.formUnion(Label.allCases)
            } else if let label = Label(rawValue: name) {
                labels.insert(label)
            } else {
                throw .invalidParameter("this model has no label '\(name)'")
            }
        }
        return labels
    }
}

package struct FixedHealth: HealthSource {
    package var isHealthy: Bool
    /// Of `front-door`.
    package var picture: [UInt8]
    /// The camera sends it again and again.
    package var isLive: Bool

    package init(isHealthy: Bool = true, picture: [UInt8] = [0xFF, 0xD8, 0xFF, 0xD9], isLive: Bool = false) {
        self.isHealthy = isHealthy
        self.picture = picture
        self.isLive = isLive
    }

    package func health() async -> HealthReport {
        HealthReport(isHealthy: isHealthy, json: ["status": isHealthy ? "ok" : "camera front-door is offline"])
    }

    package func metricsText() async -> String { "porchlight_up 1\n" }

    package func debugDump() async -> JSONValue { ["parts": []] }

    package func diagnosis() async -> JSONValue { ["version": "1"] }

    package func snapshot(of camera: String, otherThan last: MonotonicTime?) async -> Snapshot? {
        let time = isLive ? MonotonicTime.now() : MonotonicTime(nanoseconds: 1)
        return camera == "front-door" && time != last ? Snapshot(jpeg: picture, capturedAt: time) : nil
    }

    package func pictureBeforeMove(of camera: String) -> Snapshot? {
        camera == "front-door" && isLive ? Snapshot(jpeg: picture, capturedAt: .now()) : nil
    }
}
