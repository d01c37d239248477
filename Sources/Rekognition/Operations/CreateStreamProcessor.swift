import Base

extension Operation {
    static let createStreamProcessor = Operation("CreateStreamProcessor") { request, control throws(APIError) in
        let wanted = try ProcessorRequest(Members(request: request))
        return ["StreamProcessorArn": .string(try await control.answering { try await $0.create(wanted) })]
    }
}

extension ProcessorRequest {
    init(_ request: Members) throws(APIError) {
        let name = try ProcessorName.read(request)
        let input = try request.structure("Input", required: true)
        let stream = try input?.structure("KinesisVideoStream", required: true)
        let inputARN = try stream?.string("Arn", .videoStreamARN, required: true)
        let output = try Output(request)
        let home = try Self.settings(request)
        let roleARN = try request.string("RoleArn", .roleARN, required: true)
        let channel = try request.structure("NotificationChannel", required: home != nil)
        let topicARN = try channel?.string("SNSTopicArn", .topicARN, required: true)
        let kmsKeyID = try request.string("KmsKeyId", .kmsKeyID)
        let regions = try Region.read("RegionsOfInterest", of: request)
        let sharing = try request.structure("DataSharingPreference")
        let optIn = try sharing?.bool("OptIn", required: true)
        let tags = try request.stringMap("Tags", keys: .tagKey, values: .tagValue, count: 0...200)
        try request.violations.throwIfAny()
        self.init(
            name: try checked(name), cameraName: try Self.camera(of: try checked(inputARN)),
            inputARN: try checked(inputARN), bucket: try checked(output.bucket), keyPrefix: output.keyPrefix,
            roleARN: try checked(roleARN), notificationTopicARN: topicARN, kmsKeyID: kmsKeyID,
            plan: .connectedHome(
                labelNames: try checked(home?.labels), minConfidence: home?.minConfidence, regions: regions ?? []),
            dataSharingOptIn: optIn ?? false, tags: tags ?? [:])
    }

    /// Exactly one of the two families, and this version has one of them.
    private static func settings(_ request: Members) throws(APIError) -> ConnectedHome? {
        guard let settings = try request.structure("Settings", required: true) else { return nil }
        let home = try settings.structure("ConnectedHome").map { members throws(APIError) in
            try ConnectedHome(members, labelsRequired: true)
        }
        if let faces = try settings.structure("FaceSearch") {
            _ = try faces.string("CollectionId", .collectionID)
            _ = try faces.double("FaceMatchThreshold", in: ConnectedHome.percent)
            try request.violations.throwIfAny()
            throw APIError(
                .invalidParameter,
                home == nil
                    ? "Settings.FaceSearch: face search is not available in this version; use Settings.ConnectedHome."
                    : "Settings must hold exactly one of ConnectedHome and FaceSearch, not both.")
        }
        if home == nil {
            request.refuse("Settings", because: "Member must hold exactly one of ConnectedHome and FaceSearch")
        }
        return home
    }

    /// The camera is the stream's name: `arn:aws:kinesisvideo:eu-west-1:123456789012:stream/front-door/1700000000000`.
    private static func camera(of arn: String) throws(APIError) -> String {
        guard let name = ARN(arn)?.resource.removing(prefix: "stream/")?.split(separator: "/").first else {
            throw APIError(
                .invalidParameter,
                "Input.KinesisVideoStream.Arn '\(arn.prefix(200))' must end in ':stream/<camera>', "
                    + "with the name of a configured camera.")
        }
        return String(name)
    }
}

/// `Output`: label detection needs `S3Destination`; `KinesisDataStream` belongs to face search.
private struct Output {
    var bucket: String?
    var keyPrefix: String?

    init(_ request: Members) throws(APIError) {
        guard let output = try request.structure("Output", required: true) else { return }
        if let stream = try output.structure("KinesisDataStream") {
            _ = try stream.string("Arn", .dataStreamARN)
            output.refuse(
                "KinesisDataStream", because: "Member belongs to face search; label detection writes to S3Destination")
        }
        guard let destination = try output.structure("S3Destination", required: true) else { return }
        bucket = try destination.string("Bucket", .bucket, required: true)
        keyPrefix = try destination.string("KeyPrefix", .keyPrefix)
        if let keyPrefix, !Self.isFolder(keyPrefix) {
            destination.refuse(
                "KeyPrefix",
                because: "Member must be a relative path without '.', '..', control characters "
                    + "or parts longer than 255 bytes, since it becomes a folder")
        }
        if let bucket, bucket.utf8.allSatisfy({ $0 == UInt8(ascii: ".") }) {
            destination.refuse("Bucket", because: "Member must not consist of dots, since it becomes a folder")
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        guard !path.hasPrefix("/"), path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return false
        }
        return path.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
    }
}
