extension WhyRecord {
    /// For callers of the API: confidences in percent, boxes in ratios of the full frame. `history` has a row of milliseconds,
    /// confidence, overlap and motion for each look that is kept.
    package var json: JSONValue {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "camera": .string(camera.text),
            "processor": .string(processor.text), "label": .string(label.rawValue), "since": .string(since.rfc3339),
            "until": .string(until.rfc3339), "open": .bool(isOpen),
            "looks": ["seen": .integer(Int64(looksSeen)), "taken": .integer(Int64(looksTaken))],
            "history": .array(looks.map(\.json)), "confidence": .number(Self.rounded(confidence.percent)),
            "boundingBox": box.json, "regionOverlap": .number(Self.rounded(overlap)),
            "toldUpTo": toldUpTo.map { .integer(Int64($0)) } ?? .null,
            "minConfidence": .number(Self.rounded(minConfidence.percent)),
            "settingsRevision": .integer(Int64(settingsRevision)),
            "pathConfidence": pathConfidence.map { .number(Self.rounded($0.percent)) } ?? .null,
            "name": name.map(JSONValue.string) ?? .null, "stranger": stranger.map(JSONValue.string) ?? .null,
            "endReason": endReason.map { .string($0.rawValue) } ?? .null, "reason": reason?.json ?? .null,
            "times": .integer(Int64(times)), "canBeNobody": .bool(!placedLooks.isEmpty),
        ]
    }

    /// With what only the box itself needs.
    package var keptJSON: JSONValue {
        guard var members = json.object else { return json }
        if let first = placedLooks.first {
            members["picture"] = .string(first.look.hex)
            members["shownBox"] = first.box.json
        }
        if placedLooks.count > 1 { members["otherLooks"] = .array(placedLooks.dropFirst().map(\.json)) }
        return .object(members)
    }

    /// As `keptJSON` spells it; nil for anything else.
    package init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, (1...64).contains(id.utf8.count), id.utf8.allSatisfy(\.isNameCharacter),
            let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)),
            let camera = json["camera"]?.string.flatMap({ CameraName($0) }),
            let processor = json["processor"]?.string.flatMap({ ProcessorName($0) }),
            let label = json["label"]?.string.flatMap(Label.init(rawValue:)),
            let since = json["since"]?.string.flatMap({ WallTime(rfc3339: $0) }),
            let until = json["until"]?.string.flatMap({ WallTime(rfc3339: $0) }),
            let seen = json["looks"]?["seen"]?.int, let taken = json["looks"]?["taken"]?.int,
            let history = json["history"]?.array, history.count <= Self.mostLooks,
            let confidence = json["confidence"]?.double.flatMap(Confidence.init(percent:)),
            let box = json["boundingBox"].flatMap({ NormalizedBox($0) }),
            let overlap = json["regionOverlap"]?.double, (0...1).contains(overlap),
            let minConfidence = json["minConfidence"]?.double.flatMap(Confidence.init(percent:)),
            let revision = json["settingsRevision"]?.int
        else { return nil }
        self.init(
            id: id, kind: kind, camera: camera, processor: processor, label: label, since: since, until: until,
            isOpen: false, looksSeen: max(0, seen), looksTaken: max(0, taken), looks: history.compactMap { Look($0) },
            confidence: confidence, box: box, overlap: overlap,
            toldUpTo: json["toldUpTo"]?.int.flatMap { UInt8(exactly: $0) }, minConfidence: minConfidence,
            settingsRevision: revision,
            pathConfidence: json["pathConfidence"]?.double.flatMap(Confidence.init(percent:)),
            name: json["name"]?.string, endReason: json["endReason"]?.string.flatMap(Event.EndReason.init(rawValue:)),
            reason: json["reason"].flatMap { MissReason($0) })
        stranger = json["stranger"]?.string
        times = max(1, json["times"]?.int ?? 1)
        if let look = json["picture"]?.string.flatMap({ PictureLook(hex: $0) }),
            let box = json["shownBox"].flatMap({ NormalizedBox($0) })
        {
            placedLooks =
                [PlacedLook(box: box, look: look)]
                + PlacedLook.list(json["otherLooks"], most: PlacedLook.most - 1)
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}

extension WhyRecord.Look {
    fileprivate var json: JSONValue {
        [
            .integer(Int64(milliseconds)), .integer(Int64(confidence)), .integer(Int64(overlap)),
            motion.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    fileprivate init?(_ json: JSONValue) {
        guard let row = json.array, row.count == 4, let milliseconds = row[0].int.flatMap({ Int32(exactly: $0) }),
            let confidence = row[1].int, let overlap = row[2].int, (0...100).contains(confidence),
            (0...100).contains(overlap)
        else { return nil }
        let motion = row[3].int.flatMap { (0...100).contains($0) ? UInt8($0) : nil }
        self.init(
            milliseconds: milliseconds, confidence: UInt8(confidence), overlap: UInt8(overlap), motion: motion)
    }
}

extension NormalizedBox {
    /// `{"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}`
    package var json: JSONValue {
        func rounded(_ value: Double) -> JSONValue { .number((value * 10_000).rounded() / 10_000) }
        return ["left": rounded(left), "top": rounded(top), "width": rounded(width), "height": rounded(height)]
    }

    /// As `json` spells it.
    package init?(_ json: JSONValue) {
        guard let left = json["left"]?.double, let top = json["top"]?.double, let width = json["width"]?.double,
            let height = json["height"]?.double
        else { return nil }
        self.init(left: left, top: top, width: width, height: height)
    }
}
