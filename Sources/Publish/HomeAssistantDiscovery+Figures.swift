import Base

/// Figures of the box and its cameras. They change all the time, and Home Assistant's recorder keeps every change, so they
/// are there and switched off until somebody wants one.
extension HomeAssistantDiscovery {
    /// One number or word of a health topic; a key that is not there shows as unknown. What only grows, or begins anew, is
    /// `total_increasing` (https://developers.home-assistant.io/docs/core/entity/sensor/#available-state-classes).
    private struct Figure {
        let key: String
        let name: String
        var unit: String?
        var deviceClass: String?
        /// Nil for words, which have no statistics.
        var stateClass: String? = "measurement"
        /// It changes seldom, and says that something happened.
        var isOn = false
    }

    private static let ofTheBox = [
        Figure(key: "cpuPercent", name: "processor load", unit: "%"),
        Figure(key: "rssMb", name: "memory", unit: "MiB", deviceClass: "data_size"),
        Figure(key: "temperatureC", name: "temperature", unit: "°C", deviceClass: "temperature"),
        Figure(key: "inferenceMs", name: "inference time", unit: "ms", deviceClass: "duration"),
        Figure(key: "framesDropped", name: "dropped frames", stateClass: "total_increasing"),
        Figure(
            key: "bytesWrittenToday", name: "written today", unit: "B", deviceClass: "data_size",
            stateClass: "total_increasing"),
        Figure(key: "eventQueue", name: "event queue"),
        Figure(key: "eventsWaiting", name: "waiting events"),
        Figure(key: "eventsDropped", name: "dropped events", stateClass: "total_increasing"),
        Figure(key: "lastRestart", name: "last restart", stateClass: nil, isOn: true),
        Figure(key: "version", name: "version", stateClass: nil),
    ]

    private static let ofACamera = [
        Figure(key: "fpsIn", name: "frames per second", unit: "fps"),
        Figure(key: "fpsAnalysed", name: "analysed frames per second", unit: "fps"),
        Figure(key: "framesLost", name: "lost frames", stateClass: "total_increasing"),
        Figure(key: "framesCorrupt", name: "damaged frames", stateClass: "total_increasing"),
    ]

    mutating func addFiguresOfTheBox() {
        for figure in Self.ofTheBox { add(figure, of: "box", figure.name, in: topics.health) }
    }

    mutating func addFigures(of camera: CameraName) {
        for figure in Self.ofACamera {
            add(figure, of: camera.text, "\(camera) \(figure.name)", in: topics.cameraHealth(camera))
        }
    }

    private mutating func add(_ figure: Figure, of owner: String, _ name: String, in topic: String) {
        var keys: [String: JSONValue] = [
            "state_topic": .string(topic), "entity_category": "diagnostic",
            "value_template": .string("{{ value_json.\(figure.key) | default(none) }}"),
        ]
        keys["unit_of_measurement"] = figure.unit.map(JSONValue.string)
        keys["device_class"] = figure.deviceClass.map(JSONValue.string)
        keys["state_class"] = figure.stateClass.map(JSONValue.string)
        add("sensor", figure.key, of: owner, name, figure.isOn ? keys : Self.rarelyWanted(keys))
    }

    /// An entity for who looks for a cause, off at first.
    static func rarelyWanted(_ keys: [String: JSONValue]) -> [String: JSONValue] {
        keys.merging(["entity_category": "diagnostic", "enabled_by_default": false]) { _, new in new }
    }
}
