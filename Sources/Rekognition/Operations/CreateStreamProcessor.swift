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
        let family = try Family(request)
        let output = try ProcessorOutput.read(request, isForFaces: family.isFaces)
        let roleARN = try request.string("RoleArn", .roleARN, required: true)
        let channel = try request.structure("NotificationChannel", required: family.isHome)
        let topicARN = try channel?.string("SNSTopicArn", .topicARN, required: true)
        let kmsKeyID = try request.string("KmsKeyId", .kmsKeyID)
        let regions = try Region.read("RegionsOfInterest", of: request)
        let sharing = try request.structure("DataSharingPreference")
        let optIn = try sharing?.bool("OptIn", required: true)
        let tags = try request.stringMap("Tags", keys: .tagKey, values: .tagValue, count: 0...200)
        if family.isFaces {
            for member in ["RegionsOfInterest", "NotificationChannel"] where request.has(member) {
                request.refuse(member, because: "Member belongs to label detection (ConnectedHome), not to FaceSearch")
            }
        }
        try request.violations.throwIfAny()
        self.init(
            name: try checked(name), cameraName: try Self.camera(of: try checked(inputARN)),
            inputARN: try checked(inputARN), output: try checked(output), roleARN: try checked(roleARN),
            notificationTopicARN: topicARN, kmsKeyID: kmsKeyID, plan: try checked(family.plan(regions ?? [])),
            dataSharingOptIn: optIn ?? false, tags: tags ?? [:])
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

/// `Settings`: exactly one of the two families.
private enum Family {
    case home(ConnectedHome)
    case faces(FaceSearchPlan?)
    /// What is wrong is among the violations.
    case broken

    init(_ request: Members) throws(APIError) {
        self = .broken
        guard let settings = try request.structure("Settings", required: true) else { return }
        let home = try settings.structure("ConnectedHome").map { members throws(APIError) in
            try ConnectedHome(members, labelsRequired: true)
        }
        let faces = try settings.structure("FaceSearch")
        let plan = try faces.map(Self.plan)
        switch (home, plan) {
        case (let home?, nil): self = .home(home)
        case (nil, let plan?): self = .faces(plan)
        case (nil, nil), (_?, _?):
            request.refuse("Settings", because: "Member must hold exactly one of ConnectedHome and FaceSearch")
        }
    }

    private static func plan(_ faces: Members) throws(APIError) -> FaceSearchPlan? {
        let id = try faces.string("CollectionId", .collectionID, required: true)
        let threshold = try faces.double("FaceMatchThreshold", in: ConnectedHome.percent)
        return id.flatMap(CollectionID.init).flatMap { FaceSearchPlan(collectionID: $0, matchThreshold: threshold) }
    }

    var isHome: Bool { if case .home = self { true } else { false } }
    var isFaces: Bool { if case .faces = self { true } else { false } }

    func plan(_ regions: [Region]) -> ProcessorRequest.Plan? {
        switch self {
        case .home(let home):
            home.labels.map { .connectedHome(labelNames: $0, minConfidence: home.minConfidence, regions: regions) }
        case .faces(let plan): plan.map { .faceSearch($0) }
        case .broken: nil
        }
    }
}

/// `Output`: label detection writes to `S3Destination`, face search to `KinesisDataStream`.
extension ProcessorOutput {
    fileprivate static func read(_ request: Members, isForFaces: Bool) throws(APIError) -> ProcessorOutput? {
        guard let output = try request.structure("Output", required: true) else { return nil }
        let stream = try output.structure("KinesisDataStream", required: isForFaces)
        let arn = try stream?.string("Arn", .dataStreamARN, required: isForFaces)
        let destination = try output.structure("S3Destination", required: !isForFaces)
        let folder = try destination.map(readFolder)
        let (unwanted, why) =
            isForFaces
            ? ("S3Destination", "Member belongs to label detection; face search writes to KinesisDataStream")
            : ("KinesisDataStream", "Member belongs to face search; label detection writes to S3Destination")
        if output.has(unwanted) { output.refuse(unwanted, because: why) }
        guard isForFaces else { return folder ?? nil }
        guard let arn, StringRule.dataStreamARN.violations(of: arn).isEmpty else { return nil }
        guard let name = DataStreamARN(arn) else {
            stream?.refuse("Arn", because: "Member must end in ':stream/<name>', with 1 to 128 of a-z A-Z 0-9 _ . -")
            return nil
        }
        return .stream(name)
    }

    private static func readFolder(_ destination: Members) throws(APIError) -> ProcessorOutput? {
        let bucket = try destination.string("Bucket", .bucket, required: true)
        let keyPrefix = try destination.string("KeyPrefix", .keyPrefix)
        if let keyPrefix, !isFolder(keyPrefix) {
            destination.refuse(
                "KeyPrefix",
                because: "Member must be a relative path without '.', '..', control characters "
                    + "or parts longer than 255 bytes, since it becomes a folder")
        }
        if let bucket, bucket.utf8.allSatisfy({ $0 == UInt8(ascii: ".") }) {
            destination.refuse("Bucket", because: "Member must not consist of dots, since it becomes a folder")
        }
        return bucket.map { .folder(bucket: $0, keyPrefix: keyPrefix) }
    }

    private static func isFolder(_ path: String) -> Bool {
        guard !path.hasPrefix("/"), path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return false
        }
        return path.split(separator: "/").allSatisfy { $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
    }
}
