package import Base

/// Home Assistant's device-based discovery message: one retained JSON tells the whole box
/// (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload).
package struct HomeAssistantDiscovery: Sendable, Equatable {
    /// Components by id, each with its platform `p` and its own keys.
    package private(set) var components: [String: JSONValue] = [:]
    private let topics: Topics
    private let labels: [Label]
    private let version: String
    private let hasPictures: Bool

    /// States are repeated every minute; without one for so long Home Assistant shows `unavailable`, not a stale `ON`.
    static let expireAfterSeconds: Int64 = 180

    /// - Parameters:
    ///   - labels: what the model can emit; each has a switch.
    ///   - version: of this program.
    ///   - hasPictures: whether pictures are published.
    package init(
        topics: Topics, cameras: [CameraName], processors: [ProcessorDescription],
        labels: Set<Label> = Set(Label.allCases), version: String = "", hasPictures: Bool = true
    ) {
        self.topics = topics
        self.version = version
        self.hasPictures = hasPictures
        self.labels = labels.sorted { $0.rawValue < $1.rawValue }
        addDiagnostics()
        for camera in cameras { add(camera) }
        for processor in processors { add(processor) }
    }

    /// Component id -> platform.
    package var platforms: [String: String] { components.compactMapValues { $0["p"]?.string } }

    /// The message. `removed` components are listed with nothing but their platform, which makes Home Assistant forget
    /// them; the message without them must follow.
    /// - Parameter known: components that Home Assistant has been told of. While some are removed no others are listed, so
    ///   that one which only changed its id finds its name free.
    package func payload(removing removed: [String: String] = [:], known: [String: String] = [:]) -> JSONValue {
        var all = removed.isEmpty ? components : components.filter { known[$0.key] != nil }
        for (id, platform) in removed where all[id] == nil { all[id] = ["p": .string(platform)] }
        return [
            "dev": [
                "ids": [.string("porchlight-\(topics.deviceID)")], "name": .string("Porchlight \(topics.deviceID)"),
                "mf": "Porchlight", "mdl": "Porchlight camera watcher", "sw": .string(version),
            ],
            "o": ["name": "porchlight", "sw": .string(version)],
            "availability": Self.availability([topics.status]), "availability_mode": "all", "qos": 1,
            "cmps": .object(all),
        ]
    }

    // MARK: - Components

    private mutating func add(_ processor: ProcessorDescription) {
        let name = processor.definition.name
        let camera = processor.definition.camera
        let availability = Self.availability([topics.status, topics.cameraStatus(camera)])
        if processor.settings.faceSearch == nil {
            addLabels(of: processor, availability)
        } else {
            addFace(of: name, availability)
        }
        add(
            "event", "event", of: name.text, "\(name) event",
            [
                "state_topic": .string(topics.event(name)), "availability": availability,
                "event_types": .array(
                    (processor.settings.faceSearch == nil ? Label.allCases : [.person]).map { .string($0.topic) }),
            ])
        add(
            "switch", "enabled", of: name.text, "\(name) enabled",
            [
                "command_topic": .string(topics.enabledSet(name)), "state_topic": .string(topics.enabled(name)),
                "payload_on": "ON", "payload_off": "OFF", "entity_category": "config",
            ])
        add(
            "sensor", "status", of: name.text, "\(name) status",
            [
                "state_topic": .string(topics.processorStatus(name)), "entity_category": "diagnostic",
                "device_class": "enum",
                "options": .array(ProcessorStatus.allCases.map { .string($0.rawValue) }),
            ])
    }

    /// Whose face was recognised last, while somebody is there.
    private mutating func addFace(of name: ProcessorName, _ availability: JSONValue) {
        add(
            "sensor", "face", of: name.text, "\(name) last recognised",
            [
                "state_topic": .string(topics.faceAttributes(name)), "value_template": "{{ value_json.state }}",
                "json_attributes_topic": .string(topics.faceAttributes(name)), "availability": availability,
                "expire_after": .integer(Self.expireAfterSeconds),
            ])
    }

    /// What can be seen and set of the labels of a connected home.
    private mutating func addLabels(of processor: ProcessorDescription, _ availability: JSONValue) {
        let name = processor.definition.name
        for label in processor.settings.visitLabels.sorted(by: { $0.rawValue < $1.rawValue }) {
            add(label, of: name, availability)
        }
        add(
            "number", "min_confidence", of: name.text, "\(name) minimum confidence",
            [
                "command_topic": .string(topics.settingsSet(name)), "state_topic": .string(topics.settings(name)),
                "value_template": "{{ value_json.minConfidence }}",
                "command_template":
                    #"{"SettingsForUpdate":{"ConnectedHomeForUpdate":{"MinConfidence":{{ value }}}}}"#,
                "min": 0, "max": 100, "step": 0.1, "mode": "box", "unit_of_measurement": "%",
                "entity_category": "config",
            ])
        for label in labels {
            add(
                "switch", "\(label.topic)_enabled", of: name.text, "\(name) looks for \(label.topic)",
                [
                    "command_topic": .string(topics.labelEnabledSet(name, label)),
                    "state_topic": .string(topics.labelEnabled(name, label)), "payload_on": "ON",
                    "payload_off": "OFF", "entity_category": "config",
                ])
        }
    }

    private mutating func add(_ label: Label, of name: ProcessorName, _ availability: JSONValue) {
        add(
            "binary_sensor", label.topic, of: name.text, "\(name) \(label.topic)",
            [
                "state_topic": .string(topics.state(name, label)), "device_class": "occupancy",
                "json_attributes_topic": .string(topics.attributes(name, label)), "availability": availability,
                "payload_on": "ON", "payload_off": "OFF", "expire_after": .integer(Self.expireAfterSeconds),
            ])
        if hasPictures {
            add(
                "image", "\(label.topic)_image", of: name.text, "\(name) \(label.topic) picture",
                ["image_topic": .string(topics.image(name, label)), "content_type": "image/jpeg"])
        }
        add(
            "sensor", "\(label.topic)_count", of: name.text, "\(name) \(label.topic) count",
            [
                "state_topic": .string(topics.attributes(name, label)), "value_template": "{{ value_json.count }}",
                "availability": availability, "state_class": "measurement",
            ])
    }

    private mutating func add(_ camera: CameraName) {
        add(
            "binary_sensor", "camera", of: camera.text, "\(camera) camera",
            [
                "state_topic": .string(topics.cameraStatus(camera)), "payload_on": "online", "payload_off": "offline",
                "device_class": "connectivity", "json_attributes_topic": .string(topics.cameraHealth(camera)),
                "entity_category": "diagnostic",
            ])
        add(
            "sensor", "background", of: camera.text, "\(camera) background",
            [
                "state_topic": .string(topics.cameraHealth(camera)), "entity_category": "diagnostic",
                "value_template": "{{ value_json.background | default([]) | count }}",
                "json_attributes_topic": .string(topics.cameraHealth(camera)),
                "json_attributes_template": "{{ {'background': value_json.background | default([])} | tojson }}",
            ])
        add(
            "button", "forget_background", of: camera.text, "\(camera) forget background",
            [
                "command_topic": .string(topics.backgroundSet(camera)), "payload_press": "CLEAR",
                "entity_category": "config",
            ])
    }

    /// One number or word of `health`.
    private struct Diagnostic {
        let key: String
        let name: String
        var unit: String?
        var deviceClass: String?
        /// Nil for words, which have no statistics.
        var stateClass: String? = "measurement"
    }

    /// Of the box itself; a key that is not there shows as unknown. What only grows, or begins anew, is `total_increasing`
    /// (https://developers.home-assistant.io/docs/core/entity/sensor/#available-state-classes).
    private static let diagnostics = [
        Diagnostic(key: "cpuPercent", name: "processor load", unit: "%"),
        Diagnostic(key: "rssMb", name: "memory", unit: "MiB", deviceClass: "data_size"),
        Diagnostic(key: "temperatureC", name: "temperature", unit: "°C", deviceClass: "temperature"),
        Diagnostic(key: "inferenceMs", name: "inference time", unit: "ms", deviceClass: "duration"),
        Diagnostic(key: "framesDropped", name: "dropped frames", stateClass: "total_increasing"),
        Diagnostic(
            key: "bytesWrittenToday", name: "written today", unit: "B", deviceClass: "data_size",
            stateClass: "total_increasing"),
        Diagnostic(key: "eventQueue", name: "event queue"),
        Diagnostic(key: "eventsWaiting", name: "waiting events"),
        Diagnostic(key: "eventsDropped", name: "dropped events", stateClass: "total_increasing"),
        Diagnostic(key: "lastRestart", name: "last restart", stateClass: nil),
        Diagnostic(key: "version", name: "version", stateClass: nil),
    ]

    private mutating func addDiagnostics() {
        for diagnostic in Self.diagnostics {
            var keys: [String: JSONValue] = [
                "state_topic": .string(topics.health), "entity_category": "diagnostic",
                "value_template": .string("{{ value_json.\(diagnostic.key) | default(none) }}"),
            ]
            keys["unit_of_measurement"] = diagnostic.unit.map(JSONValue.string)
            keys["device_class"] = diagnostic.deviceClass.map(JSONValue.string)
            keys["state_class"] = diagnostic.stateClass.map(JSONValue.string)
            add("sensor", diagnostic.key, of: "box", diagnostic.name, keys)
        }
    }

    private mutating func add(
        _ platform: String, _ kind: String, of owner: String, _ name: String, _ keys: [String: JSONValue]
    ) {
        let ids = EntityIDs(deviceID: topics.deviceID)
        var all = keys
        all["p"] = .string(platform)
        all["name"] = .string(name)
        all["unique_id"] = .string(ids.unique(owner, kind))
        all["default_entity_id"] = .string("\(platform).\(Self.slug(topics.deviceID, owner, Self.spaced(kind)))")
        components[ids.component(owner, kind)] = .object(all)
    }

    private static func availability(_ topics: [String]) -> JSONValue {
        .array(
            topics.map { ["topic": .string($0), "payload_available": "online", "payload_not_available": "offline"] })
    }

    /// `cpuPercent` -> `cpu percent`
    private static func spaced(_ key: String) -> String { key.map { $0.isUppercase ? " \($0)" : "\($0)" }.joined() }

    /// Home Assistant takes neither two underscores in a row nor any at the ends.
    private static func slug(_ parts: String...) -> String {
        parts.joined(separator: " ").lowercased()
            .split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.joined(separator: "_")
    }
}
