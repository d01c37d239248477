import Base

/// What Home Assistant can wait for: event entities and device triggers. Both read `processor/<p>/event`; updates of a visit
/// fire neither, and what comes late fires no type that says that something happened now.
extension HomeAssistantDiscovery {
    /// The type of an event that waited for the broker; its attribute `happened` says what it was.
    static let late = "late"
    /// Somebody's name is known; once a visit.
    static let recognized = "face_recognized"

    /// - Parameter labels: nil for a face search.
    mutating func addEvents(of name: ProcessorName, _ labels: [Label]?, _ availability: JSONValue) {
        // Late ones may be of a label that another model knew.
        let all = labels == nil ? [.person] : Label.allCases
        let types = Self.happenings(of: all).map(\.rawValue) + [Self.late]
        let template = """
            {% if value_json.happened %}{{ dict(value_json, event_type=\
            '\(Self.late)' if value_json.late else value_json.happened) | tojson }}{% endif %}
            """
        add(
            "event", "event", of: name.text, "\(name) event",
            [
                "state_topic": .string(topics.event(name)), "availability": availability,
                "event_types": .array(types.map(JSONValue.string)), "value_template": .string(template),
            ])
        for happening in Self.happenings(of: labels ?? [.person]) where happening != .visitEnded {
            addTrigger(
                happening.rawValue, of: name, "{{ '' if value_json.late else value_json.happened | default('', true) }}"
            )
        }
        if labels == nil { addRecognition(of: name, availability) }
    }

    private mutating func addRecognition(of name: ProcessorName, _ availability: JSONValue) {
        let template = """
            {% if value_json.named and not value_json.late %}{{ dict(value_json, event_type='\(Self.recognized)', \
            name=value_json.face.name) | tojson }}{% endif %}
            """
        add(
            "event", "recognition", of: name.text, "\(name) recognition",
            [
                "state_topic": .string(topics.event(name)), "availability": availability,
                "event_types": [.string(Self.recognized)], "value_template": .string(template),
            ])
        addTrigger(
            Self.recognized, of: name,
            "{{ '\(Self.recognized)' if value_json.named and not value_json.late else '' }}")
    }

    private mutating func addTrigger(_ type: String, of name: ProcessorName, _ template: String) {
        let key = EntityIDs(deviceID: topics.deviceID).component(name.text, "trigger_\(type)")
        components[key] = [
            "p": "device_automation", "automation_type": "trigger", "type": .string(type),
            "subtype": .string(name.text), "topic": .string(topics.event(name)), "payload": .string(type),
            "value_template": .string(template),
        ]
    }

    private static func happenings(of labels: [Label]) -> [Happening] {
        Happening.allCases.filter { happening in labels.contains { Happening.all(of: $0).contains(happening) } }
    }
}
