package import Base

/// The JSON bodies that subscribers read. Keys are sorted; all of an event's keys are always there.
/// Confidence is a percent 0...100, as in `porchlight detect --json`; boxes are ratios of the full frame.
package enum Payloads {
    package static let online = Array("online".utf8)
    package static let offline = Array("offline".utf8)
    package static func onOff(_ isOn: Bool) -> [UInt8] { Array((isOn ? "ON" : "OFF").utf8) }

    /// One message on `processor/<p>/event`.
    package static func event(_ recorded: RecordedEvent, _ news: EventNews) -> JSONValue {
        let event = recorded.event
        let began = recorded.time.milliseconds.subtractingReportingOverflow((event.at - event.since).milliseconds)
        return [
            "event_type": .string(event.label.topic), "phase": .string(event.phase.rawValue), "id": .string(event.id),
            "seq": recorded.sequence.map(JSONValue.integer) ?? .null, "bootId": .string(recorded.bootID),
            "time": .string(recorded.time.rfc3339), "monotonicMs": .integer(event.at.milliseconds),
            "timeQuality": .string(recorded.timeQuality.rawValue), "confidence": percent(event.confidence),
            "boundingBox": box(event.box), "regionOverlap": ratio(event.regionOverlap),
            "settingsRevision": .integer(Int64(event.settingsRevision)),
            "image": recorded.imagePath.map(JSONValue.string) ?? .null, "replayed": .bool(news.isReplayed),
            "late": .bool(news.isLate),
            "happened": news.happening.map { .string($0.rawValue) } ?? .null, "named": .bool(news.isFirstName),
            "camera": .string(event.camera.text), "processor": .string(event.processor.text),
            "label": .string(event.label.rawValue),
            "since": .string(WallTime(milliseconds: began.overflow ? 0 : began.partialValue).rfc3339),
            "reason": event.reason.map { .string($0.rawValue) } ?? .null, "count": .integer(Int64(event.openCount)),
            "looks": ["seen": .integer(Int64(event.looksSeen)), "taken": .integer(Int64(event.looksTaken))],
            "personNearby": event.personNearby.map(JSONValue.bool) ?? .null,
            "pathConfidence": event.pathConfidence.map(percent) ?? .null,
            "face": event.face.map(verdict) ?? .null,
            "mode": event.mode.map { .string($0.text) } ?? .null,
        ]
    }

    /// `mode`
    static func modes(_ state: ModeState) -> JSONValue {
        [
            "mode": state.current.map { .string($0.text) } ?? .null,
            "changed": .array(state.changed.map { .string($0.text) }),
            "modes": .array(state.names.map { .string($0.text) }),
        ]
    }

    /// `background` of `camera/<camera>/health`: what the camera sees all the time and that begins no visits.
    package static func background(_ objects: [BackgroundObject]) -> JSONValue {
        .array(
            objects.map { object in
                [
                    "label": .string(object.label.rawValue), "boundingBox": box(object.box),
                    "confidence": percent(object.confidence), "since": .string(object.since.rfc3339),
                ]
            })
    }

    /// `troubles` of `camera/<camera>/health`.
    package static func troubles(_ troubles: [CameraTrouble]) -> JSONValue {
        .array(
            troubles.map { trouble in
                [
                    "kind": .string(trouble.kind.rawValue), "words": .string(trouble.words),
                    "since": trouble.since.map { .string(WallTime(of: $0).rfc3339) } ?? .null,
                ]
            })
    }

    /// `camera/<camera>/problem/attributes`.
    static func problem(_ troubles: [CameraTrouble]) -> JSONValue {
        [
            "text": .string(troubles.map(\.words).joined(separator: "; ")), "troubles": self.troubles(troubles),
        ]
    }

    /// `processor/<p>/settings`. Regions are spelled like boxes in events: `{"boundingBox":{…}}` or `{"polygon":[…]}`.
    package static func settings(_ settings: AnalysisSettings, trial: SettingsTrial? = nil) -> JSONValue {
        var members: [String: JSONValue] = [
            "trial": trial.map { ["until": .string($0.until.rfc3339), "seconds": .integer(Int64($0.seconds))] }
                ?? .null,
            "revision": .integer(Int64(settings.revision)),
        ]
        switch settings.plan {
        case .connectedHome(let home):
            members["labels"] = .array(home.labelNames.map(JSONValue.string))
            members["activeLabels"] = .array(home.labels.map(\.rawValue).sorted().map(JSONValue.string))
            members["minConfidence"] = percent(home.minConfidence)
            members["regionsOfInterest"] = .array(home.regions.map(region))
        case .faceSearch(let faces):
            members["collectionId"] = .string(faces.collectionID.text)
            members["faceMatchThreshold"] = .number(faces.matchThreshold)
        }
        return .object(members)
    }

    /// `processor/<p>/<label>/attributes`; `event` is nil while nothing is in view.
    package static func attributes(_ event: Event?, bootID: String) -> JSONValue {
        guard let event, event.openCount > 0 else { return ["count": 0, "bootId": .string(bootID)] }
        return [
            "count": .integer(Int64(event.openCount)), "confidence": percent(event.confidence),
            "boundingBox": box(event.box), "since": .string(WallTime(of: event.since).rfc3339),
            "bootId": .string(bootID),
        ]
    }

    /// `{"ok":false,"error":{…}}` for `settings/result`.
    package static func failure(_ type: String, _ message: String) -> JSONValue {
        ["ok": false, "error": ["__type": .string(type), "Message": .string(message)]]
    }

    static func percent(_ confidence: Confidence) -> JSONValue {
        .number((confidence.percent * 100).rounded() / 100)
    }

    static func box(_ box: NormalizedBox) -> JSONValue {
        ["left": ratio(box.left), "top": ratio(box.top), "width": ratio(box.width), "height": ratio(box.height)]
    }

    private static func region(_ region: Region) -> JSONValue {
        switch region {
        case .box(let side): ["boundingBox": box(side)]
        case .polygon(let polygon):
            ["polygon": .array(polygon.points.map { ["x": ratio($0.x), "y": ratio($0.y)] })]
        }
    }

    /// Five digits tell a tenth of a pixel of the widest frame.
    private static func ratio(_ value: Double) -> JSONValue { .number((value * 100_000).rounded() / 100_000) }
}
