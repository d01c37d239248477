/// Where a processor's results go: one of AWS's two outputs.
package enum ProcessorOutput: Sendable, Hashable {
    /// `Output.S3Destination`: where below the storage directory pictures go.
    case folder(bucket: String, keyPrefix: String?)
    /// `Output.KinesisDataStream`: records of a face search.
    case stream(DataStreamARN)

    /// Nil for a folder.
    package var stream: DataStreamARN? {
        if case .stream(let stream) = self { stream } else { nil }
    }
}

/// `arn:<partition>:kinesis:<region>:<account>:stream/<name>`, as somebody wrote it. The name alone counts here.
package struct DataStreamARN: Sendable, Hashable, CustomStringConvertible {
    package let text: String
    package let name: StreamName

    /// Nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "kinesis", parts[5].hasPrefix("stream/"),
            let name = StreamName(String(parts[5].dropFirst("stream/".count)))
        else { return nil }
        self.text = text
        self.name = name
    }

    /// A stream of this box for which nobody has written another ARN.
    package init(_ name: StreamName) {
        self.name = name
        text = "arn:aws:kinesis:local:000000000000:stream/\(name)"
    }

    package var description: String { text }
}

/// A folder is kept as `bucket` and `keyPrefix`, as databases of earlier versions have them.
extension ProcessorDefinition: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, arn, camera, inputARN, bucket, keyPrefix, outputStreamARN, roleARN, notificationTopicARN, kmsKeyID
        case dataSharingOptIn, tags
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try members.decodeIfPresent(String.self, forKey: .outputStreamARN) {
            guard let stream = DataStreamARN(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .outputStreamARN, in: members, debugDescription: "no stream")
            }
            output = .stream(stream)
        } else {
            output = .folder(
                bucket: try members.decode(String.self, forKey: .bucket),
                keyPrefix: try members.decodeIfPresent(String.self, forKey: .keyPrefix))
        }
        name = try members.decode(ProcessorName.self, forKey: .name)
        arn = try members.decode(String.self, forKey: .arn)
        camera = try members.decode(CameraName.self, forKey: .camera)
        inputARN = try members.decode(String.self, forKey: .inputARN)
        roleARN = try members.decode(String.self, forKey: .roleARN)
        notificationTopicARN = try members.decodeIfPresent(String.self, forKey: .notificationTopicARN)
        kmsKeyID = try members.decodeIfPresent(String.self, forKey: .kmsKeyID)
        dataSharingOptIn = try members.decode(Bool.self, forKey: .dataSharingOptIn)
        tags = try members.decode([String: String].self, forKey: .tags)
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        switch output {
        case .folder(let bucket, let keyPrefix):
            try members.encode(bucket, forKey: .bucket)
            try members.encodeIfPresent(keyPrefix, forKey: .keyPrefix)
        case .stream(let stream): try members.encode(stream.text, forKey: .outputStreamARN)
        }
        try members.encode(name, forKey: .name)
        try members.encode(arn, forKey: .arn)
        try members.encode(camera, forKey: .camera)
        try members.encode(inputARN, forKey: .inputARN)
        try members.encode(roleARN, forKey: .roleARN)
        try members.encodeIfPresent(notificationTopicARN, forKey: .notificationTopicARN)
        try members.encodeIfPresent(kmsKeyID, forKey: .kmsKeyID)
        try members.encode(dataSharingOptIn, forKey: .dataSharingOptIn)
        try members.encode(tags, forKey: .tags)
    }
}
