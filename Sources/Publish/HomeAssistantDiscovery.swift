package import Base

/// Home Assistant's device-based discovery message: one retained JSON tells the whole box
/// (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload).
package struct HomeAssistantDiscovery: Sendable, Equatable {
    /// Components by id, each with its platform `p` and its own keys.
    package internal(set) var components: [String: JSONValue] = [:]
    let topics: Topics
    private let labels: [Label]
    private let version: String
    private let hasPictures: Bool
    private let page: String?

    /// States are repeated every minute; without one for so long Home Assistant shows `unavailable`, not a stale `ON`.
    static let expireAfterSeconds: Int64 = 180

    /// - Parameters:
    ///   - labels: what the model can emit; each has a switch.
    ///   - modes: what can be switched to.
    ///   - version: of this program.
    ///   - hasPictures: whether pictures are published.
    ///   - page: the URL of the box's page, to which Home Assistant's page of the device leads; nil when others cannot reach it.
    package init(
        topics: Topics, cameras: [CameraName], processors: [ProcessorDescription],
        labels: Set<Label> = Set(Label.allCases), modes: [ModeName] = [], version: String = "",
        hasPictures: Bool = true,
        page: String? = nil
    ) {
        self.topics = topics
        self.version = version
        self.hasPictures = hasPictures
        self.page = page
        self.labels = labels.sorted { $0.rawValue < $1.rawValue }
        addProblems()
        if !modes.isEmpty { addMode(of: modes) }
        addFiguresOfTheBox()
        for camera in cameras { add(camera) }
        for processor in processors { add(Processor(processor)) }
    }

    /// What the components of a processor depend on: another status of it changes none.
    struct Processor: Equatable {
        let name: ProcessorName
        let camera: CameraName
        let searchesFaces: Bool
        let visitLabels: Set<Label>

        init(_ processor: ProcessorDescription) {
            name = processor.definition.name
            camera = processor.definition.camera
            searchesFaces = processor.settings.faceSearch != nil
            visitLabels = processor.settings.visitLabels
        }
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
        var device: [String: JSONValue] = [
            "ids": [.string("porchlight-\(topics.deviceID)")], "name": .string("Porchlight \(topics.deviceID)"),
            "mf": "Porchlight", "mdl": "Porchlight camera watcher", "sw": .string(version),
        ]
        // configuration_url
        if let page { device["cu"] = .string(page) }
        return [
            "dev": .object(device),
            "o": ["name": "porchlight", "sw": .string(version)],
            "availability": Self.availability([topics.status]), "availability_mode": "all", "qos": 1,
            "cmps": .object(all),
        ]
    }

    // MARK: - Components

    private mutating func add(_ processor: Processor) {
        let name = processor.name
        let availability = Self.availability(of: processor.camera, topics)
        if processor.searchesFaces {
            addFace(of: name, availability)
            addPicture(of: .person, name)
        } else {
            addLabels(of: processor, availability)
        }
        addEvents(of: name, processor.searchesFaces ? nil : labels, availability)
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
                "json_attributes_topic": .string(topics.faceAttributes(name)),
                "json_attributes_template": Self.only(["count", "since", "stranger", "visit", "why"]),
                "availability": availability, "expire_after": .integer(Self.expireAfterSeconds),
            ])
    }

    private mutating func addPicture(of label: Label, _ name: ProcessorName) {
        guard hasPictures else { return }
        add(
            "image", "\(label.topic)_image", of: name.text, "\(name) \(label.topic) picture",
            ["image_topic": .string(topics.image(name, label)), "content_type": "image/jpeg"])
    }

    /// What can be seen and set of the labels of a connected home.
    private mutating func addLabels(of processor: Processor, _ availability: JSONValue) {
        let name = processor.name
        for label in processor.visitLabels.sorted(by: { $0.rawValue < $1.rawValue }) {
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
                "json_attributes_topic": .string(topics.attributes(name, label)),
                "json_attributes_template": Self.only(["count", "since"]), "availability": availability,
                "payload_on": "ON", "payload_off": "OFF", "expire_after": .integer(Self.expireAfterSeconds),
            ])
        addPicture(of: label, name)
        add(
            "sensor", "\(label.topic)_count", of: name.text, "\(name) \(label.topic) count",
            [
                "state_topic": .string(topics.attributes(name, label)), "value_template": "{{ value_json.count }}",
                "availability": availability, "state_class": "measurement",
            ])
        add(
            "sensor", "\(label.topic)_confidence", of: name.text, "\(name) \(label.topic) confidence",
            Self.rarelyWanted([
                "state_topic": .string(topics.attributes(name, label)),
                "value_template": "{{ value_json.confidence | default(none) }}", "unit_of_measurement": "%",
                "availability": availability, "state_class": "measurement",
            ]))
    }

    private mutating func add(_ camera: CameraName) {
        add(
            "binary_sensor", "camera", of: camera.text, "\(camera) camera",
            [
                "state_topic": .string(topics.cameraStatus(camera)), "payload_on": "online", "payload_off": "offline",
                "device_class": "connectivity", "json_attributes_topic": .string(topics.cameraAttributes(camera)),
                "json_attributes_template": Self.only(["reason"]),
                "entity_category": "diagnostic",
            ])
        add(
            "binary_sensor", "problem", of: camera.text, "\(camera) problem",
            [
                "state_topic": .string(topics.cameraProblem(camera)), "device_class": "problem",
                "json_attributes_topic": .string(topics.cameraProblemAttributes(camera)), "payload_on": "ON",
                "payload_off": "OFF", "entity_category": "diagnostic",
            ])
        add(
            "sensor", "background", of: camera.text, "\(camera) background",
            [
                "state_topic": .string(topics.cameraAttributes(camera)), "entity_category": "diagnostic",
                "value_template": "{{ value_json.background | count }}",
                "json_attributes_topic": .string(topics.cameraAttributes(camera)),
                "json_attributes_template": Self.only(["background"]),
            ])
        add(
            "button", "forget_background", of: camera.text, "\(camera) forget background",
            [
                "command_topic": .string(topics.backgroundSet(camera)), "payload_press": "CLEAR",
                "entity_category": "config",
            ])
        addFigures(of: camera)
    }

    /// Of the box itself.
    private mutating func addProblems() {
        add(
            "binary_sensor", "problems", of: "box", "problem",
            [
                "state_topic": .string(topics.health), "device_class": "problem", "entity_category": "diagnostic",
                "value_template": "{{ 'ON' if value_json.problems | default([]) else 'OFF' }}",
                "json_attributes_topic": .string(topics.health),
                "json_attributes_template":
                    "{{ {'text': value_json.problems | default([]) | join('; ')} | tojson }}",
            ])
    }

    /// `None` is Home Assistant's word for an unknown option, here for no mode.
    private mutating func addMode(of modes: [ModeName]) {
        add(
            "select", "mode", of: "box", "mode",
            [
                "command_topic": .string(topics.modeSet), "state_topic": .string(topics.mode),
                "value_template": "{{ value_json.mode if value_json.mode else 'None' }}",
                "options": .array(modes.map { .string($0.text) }),
                "json_attributes_topic": .string(topics.mode), "json_attributes_template": Self.only(["changed"]),
            ])
    }

    mutating func add(
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

    /// A template that leaves of a JSON what changes a few times an hour at most: Home Assistant's recorder keeps every
    /// change of an attribute.
    private static func only(_ keys: [String]) -> JSONValue {
        let members = keys.map { "'\($0)': value_json.\($0) | default(none)" }.joined(separator: ", ")
        return .string("{{ {\(members)} | tojson }}")
    }

    /// Of what rests on a camera's pictures: the box and the camera are there, and something can be seen.
    private static func availability(of camera: CameraName, _ topics: Topics) -> JSONValue {
        let view: JSONValue = [
            "topic": .string(topics.cameraView(camera)), "payload_available": "clear", "payload_not_available": "none",
        ]
        return .array(
            (availability([topics.status, topics.cameraStatus(camera)]).array ?? []) + [view])
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
