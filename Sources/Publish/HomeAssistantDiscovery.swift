package import Base

/// Home Assistant's device-based discovery message: one retained JSON tells the whole box
/// (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload).
package struct HomeAssistantDiscovery: Sendable, Equatable {
    /// Components by id, each with its platform `p` and its own keys.
    package private(set) var components: [String: JSONValue] = [:]
    private let topics: Topics
    private let labels: [Label]

    /// States are repeated every minute; without one for so long Home Assistant shows `unavailable`, not a stale `ON`.
    static let expireAfterSeconds: Int64 = 180

    /// - Parameter labels: what the model can emit; each has a switch.
    package init(
        topics: Topics, cameras: [CameraName], processors: [ProcessorDescription],
        labels: Set<Label> = Set(Label.allCases)
    ) {
        self.topics = topics
        self.labels = labels.sorted { $0.rawValue < $1.rawValue }
        addDiagnostics()
        for camera in cameras { add(camera) }
        for processor in processors { add(processor) }
    }

    /// Component id -> platform.
    package var platforms: [String: String] { components.compactMapValues { $0["p"]?.string } }

    /// The message. `removed` components are listed with nothing but their platform, which makes Home Assistant forget
    /// them; the message without them must follow.
    package func payload(removing removed: [String: String] = [:]) -> JSONValue {
        var all = components
        for (id, platform) in removed where all[id] == nil { all[id] = ["p": .string(platform)] }
        return [
            "dev": [
                "ids": [.string("porchlight-\(topics.deviceID)")], "name": .string("Porchlight \(topics.deviceID)"),
                "mf": "Porchlight", "mdl": "Porchlight camera watcher",
            ],
            "o": ["name": "porchlight"],
            "availability": Self.availability([topics.status]), "availability_mode": "all", "qos": 1,
            "cmps": .object(all),
        ]
    }

    // MARK: - Components

    private mutating func add(_ processor: ProcessorDescription) {
        let name = processor.definition.name
        let camera = processor.definition.camera
        let availability = Self.availability([topics.status, topics.cameraStatus(camera)])
        for label in processor.settings.labels.sorted(by: { $0.rawValue < $1.rawValue }) {
            add(label, of: name, availability)
        }
        add(
            "event", "event", of: name.text, "\(name) event",
            [
                "state_topic": .string(topics.event(name)), "availability": availability,
                "event_types": .array(Label.allCases.map { .string($0.topic) }),
            ])
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
        add(
            "switch", "enabled", of: name.text, "\(name) enabled",
            [
                "command_topic": .string(topics.enabledSet(name)), "state_topic": .string(topics.enabled(name)),
                "payload_on": "ON", "payload_off": "OFF", "entity_category": "config",
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
        add(
            "sensor", "status", of: name.text, "\(name) status",
            ["state_topic": .string(topics.processorStatus(name)), "entity_category": "diagnostic"])
    }

    private mutating func add(_ label: Label, of name: ProcessorName, _ availability: JSONValue) {
        add(
            "binary_sensor", label.topic, of: name.text, "\(name) \(label.topic)",
            [
                "state_topic": .string(topics.state(name, label)), "device_class": "occupancy",
                "json_attributes_topic": .string(topics.attributes(name, label)), "availability": availability,
                "payload_on": "ON", "payload_off": "OFF", "expire_after": .integer(Self.expireAfterSeconds),
            ])
        add(
            "image", "\(label.topic)_image", of: name.text, "\(name) \(label.topic) picture",
            [
                "image_topic": .string(topics.image(name, label)), "content_type": "image/jpeg",
            ])
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
    }

    /// Of the box itself, out of `health`; a key that is not there shows as unknown.
    private static let diagnostics: [(key: String, name: String, unit: String?, deviceClass: String?)] = [
        ("cpuPercent", "processor load", "%", nil), ("rssMb", "memory", "MB", "data_size"),
        ("temperatureC", "temperature", "°C", "temperature"), ("inferenceMs", "inference time", "ms", "duration"),
        ("framesDropped", "dropped frames", nil, nil), ("bytesWrittenToday", "written today", "B", "data_size"),
    ]

    private mutating func addDiagnostics() {
        for (key, name, unit, deviceClass) in Self.diagnostics {
            addDiagnostic(key, name, "value_json.\(key)", unit, deviceClass)
        }
        addDiagnostic("lastRestart", "last restart", "value_json.lastRestart", nil, nil)
        addDiagnostic("version", "version", "value_json.version", nil, nil)
        addDiagnostic("eventsWaiting", "waiting events", "value_json.mqtt.eventsWaiting", nil, nil)
        addDiagnostic("eventsDropped", "dropped events", "value_json.mqtt.eventsDropped", nil, nil)
    }

    private mutating func addDiagnostic(
        _ key: String, _ name: String, _ value: String, _ unit: String?, _ deviceClass: String?
    ) {
        var keys: [String: JSONValue] = [
            "state_topic": .string(topics.health), "entity_category": "diagnostic",
            "value_template": .string("{{ \(value) | default(none) }}"),
        ]
        keys["unit_of_measurement"] = unit.map(JSONValue.string)
        keys["device_class"] = deviceClass.map(JSONValue.string)
        add("sensor", key, of: "box", name, keys)
    }

    private mutating func add(
        _ platform: String, _ kind: String, of owner: String, _ name: String, _ keys: [String: JSONValue]
    ) {
        let id = "\(Self.identifier(owner))_\(kind)"
        var all = keys
        all["p"] = .string(platform)
        all["name"] = .string(name)
        all["unique_id"] = .string("porchlight_\(topics.deviceID)_\(id)")
        all["default_entity_id"] = .string("\(platform).\(Self.slug("\(topics.deviceID)_\(owner)_\(kind)"))")
        components[id] = .object(all)
    }

    private static func availability(_ topics: [String]) -> JSONValue {
        .array(
            topics.map { ["topic": .string($0), "payload_available": "online", "payload_not_available": "offline"] })
    }

    /// Home Assistant's ids know `a-z A-Z 0-9 _ -`; a name with a dot gets its hash, so that `a.b` and `a_b` differ.
    private static func identifier(_ name: String) -> String {
        guard name.contains(".") else { return name }
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }  // FNV-1a
        return String(name.map { $0 == "." ? "_" : $0 }) + "-" + String(hash, radix: 16)
    }

    private static func slug(_ text: String) -> String {
        String(text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
