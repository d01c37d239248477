import Base

/// The two messages of a session. Names are lower camel here, as with AWS; all times are milliseconds.
struct SessionMessage {
    static let subject = "Rekognition Stream Processing Event"

    let session: Session
    let eventID: String
    let time: WallTime

    /// - Parameters:
    ///   - frame: URI of the whole picture; nil when none was kept.
    ///   - crop: URI of the object's picture; nil when none was kept.
    func labelDetected(_ recorded: RecordedEvent, frame: String?, crop: String?) -> JSONValue {
        let event = recorded.event
        let box = event.box
        // One frame is one fragment here. The store's sequence grows for ever, across restarts; what could not be stored
        // has its time.
        let mapping: JSONValue = [
            "fragmentNumber": .string(String(recorded.sequence ?? recorded.time.milliseconds)),
            "serverTimestamp": .integer(time.milliseconds),
            "producerTimestamp": .integer(recorded.time.milliseconds),
            "frameOffsetMillis": 0,
        ]
        var label: [String: JSONValue] = [
            "id": .string(event.id),
            "name": .string(event.label.rawValue),
            "confidence": .number(event.confidence.percent),
            "videoMapping": ["kinesisVideoMapping": mapping],
            "boundingBox": [
                "left": .number(box.left), "top": .number(box.top), "height": .number(box.height),
                "width": .number(box.width),
            ],
        ]
        label["frameImageUri"] = frame.map { .string($0) }
        label["croppedImageUri"] = crop.map { .string($0) }
        return message("LABEL_DETECTED", video: [:], ["labels": .array([.object(label)])])
    }

    func processingComplete(_ reason: String, after duration: Duration) -> JSONValue {
        message(
            "STREAM_PROCESSING_COMPLETE",
            video: ["processedVideoDurationMillis": .integer(duration.milliseconds)],
            ["streamProcessingResults": ["message": .string(reason)]])
    }

    private func message(
        _ type: String, video: [String: JSONValue], _ content: [String: JSONValue]
    ) -> JSONValue {
        let definition = session.processor.definition
        let video = video.merging(["streamArn": .string(definition.inputARN)]) { own, _ in own }
        let frame: [String: JSONValue] = [
            "inputInformation": ["kinesisVideo": .object(video)],
            "eventNamespace": ["type": .string(type)],
            "eventId": .string(eventID),
            "tags": .object(definition.tags.mapValues { .string($0) }),
            "sessionId": .string(session.id),
            "startStreamProcessorRequest": session.echo,
        ]
        return .object(frame.merging(content) { own, _ in own })
    }

    /// In SNS's envelope; nil for a processor without a topic.
    func notification(_ message: JSONValue) -> SessionNotification? {
        let arn = session.processor.definition.notificationTopicARN
        guard let arn, let topic = arn.notificationTopic else { return nil }
        let envelope: JSONValue = [
            "Type": "Notification", "MessageId": .string(eventID), "TopicArn": .string(arn),
            "Subject": .string(Self.subject), "Message": .string(String(decoding: message.jsonBytes, as: UTF8.self)),
            "Timestamp": .string(time.rfc3339),
        ]
        return SessionNotification(topic: topic, payload: envelope.jsonBytes)
    }

    /// `summary.json` of the session's folder.
    func summary(_ reason: String, after duration: Duration) -> [UInt8] {
        let definition = session.processor.definition
        let summary: JSONValue = [
            "sessionId": .string(session.id), "streamProcessor": .string(definition.name.text),
            "camera": .string(definition.camera.text), "streamArn": .string(definition.inputARN),
            "began": .string(session.beganAt.rfc3339), "ended": .string(time.rfc3339),
            "processedVideoDurationMillis": .integer(duration.milliseconds), "message": .string(reason),
            "labels": .array(
                session.sightings.sorted { $0.value.number < $1.value.number }.map(Self.summary)),
            "tags": .object(definition.tags.mapValues { .string($0) }),
            "startStreamProcessorRequest": session.echo,
        ]
        return summary.jsonBytes
    }

    private static func summary(of label: Label, _ sighting: Session.Sighting) -> JSONValue {
        var parts: [String: JSONValue] = [
            "name": .string(label.rawValue), "visits": .integer(Int64(sighting.visits)),
            "confidence": .number(sighting.best.percent), "firstSeen": .string(sighting.firstSeen.rfc3339),
        ]
        parts["frame"] = sighting.frameName.map { .string($0) }
        parts["crop"] = sighting.cropName.map { .string($0) }
        return .object(parts)
    }
}
