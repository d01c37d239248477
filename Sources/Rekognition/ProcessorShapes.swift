import Base

extension ProcessorName {
    /// Reads and checks a request's `Name`.
    static func read(_ members: Members) throws(APIError) -> ProcessorName? {
        guard let text = try members.string("Name", .processorName, required: true) else { return nil }
        // The name becomes a folder of results.
        if text == "." || text == ".." { members.refuse("Name", because: "Member must not be '.' or '..'") }
        return ProcessorName(text)
    }

    /// A request that holds nothing but `Name`.
    static func only(in request: JSONValue) throws(APIError) -> ProcessorName {
        let members = try Members(request: request)
        let name = try read(members)
        try members.violations.throwIfAny()
        return try checked(name)
    }
}

/// Unwraps what `Violations` has already vouched for.
func checked<Value>(_ value: Value?) throws(APIError) -> Value {
    guard let value else { throw APIError(.invalidParameter, "Request has invalid parameters.") }
    return value
}

extension ProcessorPlan {
    /// `StreamProcessorSettings`
    fileprivate var json: JSONValue {
        switch self {
        case .connectedHome(let home):
            [
                "ConnectedHome": [
                    "Labels": .array(home.labelNames.map(JSONValue.string)),
                    "MinConfidence": home.minConfidence.percentJSON,
                ]
            ]
        case .faceSearch(let faces):
            [
                "FaceSearch": [
                    "CollectionId": .string(faces.collectionID.text),
                    "FaceMatchThreshold": .number(faces.matchThreshold),
                ]
            ]
        }
    }
}

extension ProcessorDescription {
    /// DescribeStreamProcessor's answer.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "Name": .string(definition.name.text),
            "StreamProcessorArn": .string(definition.arn),
            "Status": .string(status.rawValue),
            "CreationTimestamp": createdAt.epochSeconds,
            "LastUpdateTimestamp": updatedAt.epochSeconds,
            "Input": ["KinesisVideoStream": ["Arn": .string(definition.inputARN)]],
            "Output": definition.output.json,
            "RoleArn": .string(definition.roleARN),
            "Settings": settings.plan.json,
            "DataSharingPreference": ["OptIn": .bool(definition.dataSharingOptIn)],
        ]
        let messages = [statusMessage, trial?.text ?? ""].filter { !$0.isEmpty }
        if !messages.isEmpty { members["StatusMessage"] = .string(messages.joined(separator: ". ")) }
        if let regions = settings.connectedHome?.regions, !regions.isEmpty {
            members["RegionsOfInterest"] = .array(regions.map(\.json))
        }
        members["NotificationChannel"] = definition.notificationTopicARN.map { ["SNSTopicArn": .string($0)] }
        members["KmsKeyId"] = definition.kmsKeyID.map(JSONValue.string)
        return .object(members)
    }

}

extension ProcessorOutput {
    /// `StreamProcessorOutput`
    fileprivate var json: JSONValue {
        switch self {
        case .folder(let bucket, let keyPrefix):
            var members: [String: JSONValue] = ["Bucket": .string(bucket)]
            members["KeyPrefix"] = keyPrefix.map(JSONValue.string)
            return ["S3Destination": .object(members)]
        case .stream(let stream): return ["KinesisDataStream": ["Arn": .string(stream.text)]]
        }
    }
}

extension WallTime {
    /// Seconds since 1970 with a fraction: how the JSON protocol carries a timestamp.
    var epochSeconds: JSONValue { .number(Double(milliseconds) / 1000) }
}

extension Confidence {
    /// The percentage without the dust of 32-bit floats: 99.9, not 99.90000128746033.
    var percentJSON: JSONValue { .number((percent * 10_000).rounded() / 10_000) }
}
