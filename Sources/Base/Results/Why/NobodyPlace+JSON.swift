extension NobodyPlace {
    /// For callers of the API.
    package var json: JSONValue {
        [
            "id": .string(id), "camera": .string(camera.text), "label": .string(label.rawValue),
            "boundingBox": looks.first?.box.json ?? .null, "calledAt": .string(calledAt.rfc3339),
            "visit": .string(visit),
            "looks": .integer(Int64(looks.count)), "silenced": .integer(Int64(silenced)),
            "lastSilenced": lastSilenced.map { .string($0.rfc3339) } ?? .null,
        ]
    }

    /// With what it looked like.
    package var keptJSON: JSONValue {
        guard var members = json.object else { return json }
        members["look"] = looks.first.map { .string($0.look.hex) }
        if looks.count > 1 { members["otherLooks"] = .array(looks.dropFirst().map(\.json)) }
        return .object(members)
    }

    /// As `keptJSON` spells it; nil for anything else.
    package init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let visit = json["visit"]?.string,
            let camera = json["camera"]?.string.flatMap({ CameraName($0) }),
            let label = json["label"]?.string.flatMap(Label.init(rawValue:)),
            let box = json["boundingBox"].flatMap({ NormalizedBox($0) }),
            let look = json["look"]?.string.flatMap({ PictureLook(hex: $0) }),
            let calledAt = json["calledAt"]?.string.flatMap({ WallTime(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id, camera: camera, label: label, first: PlacedLook(box: box, look: look),
            others: PlacedLook.list(json["otherLooks"], most: PlacedLook.most - 1), calledAt: calledAt, visit: visit,
            silenced: max(0, json["silenced"]?.int ?? 0),
            lastSilenced: json["lastSilenced"]?.string.flatMap { WallTime(rfc3339: $0) })
    }
}
