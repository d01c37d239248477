import Base

extension Operation {
    /// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html, on the bytes of a picture.
    static let detectLabels = Operation(ofPictures: "DetectLabels") { request, pictures throws(APIError) in
        let wanted = try DetectLabelsRequest(Members(request: request))
        let found: [Detection]
        do throws(PictureRefusal) {
            found = try await pictures.detections(inPicture: wanted.picture)
        } catch {
            throw APIError(error)
        }
        let labels = wanted.filter.admitted(FoundLabel.labels(of: found, from: wanted.minConfidence))
        return [
            "Labels": .array(labels.prefix(wanted.maxLabels).map(\.json)),
            "LabelModelVersion": .string(pictures.modelName),
        ]
    }
}

/// A request that keeps to AWS's rules.
struct DetectLabelsRequest {
    /// AWS's own default for single pictures.
    private static let usualMinConfidence = 55.0

    var picture: [UInt8]
    var maxLabels: Int
    /// 0...100.
    var minConfidence: Double
    var filter: LabelNameFilter

    init(_ request: Members) throws(APIError) {
        let image = try PictureMember("Image", of: request)
        let maxLabels = try request.integer("MaxLabels", in: 0...Int(Int32.max))
        let minConfidence = try request.double("MinConfidence", in: ConnectedHome.percent)
        let features = try request.strings("Features", .any, count: 0...2) ?? []
        let settings = try request.structure("Settings")
        let filter = try LabelNameFilter(try settings?.structure("GeneralLabels"))
        let colors = try settings?.structure("ImageProperties")
        _ = try colors?.integer("MaxDominantColors", in: 0...20)
        for feature in features where !["GENERAL_LABELS", "IMAGE_PROPERTIES"].contains(feature) {
            request.refuse(
                "Features", because: "Member must satisfy enum value set: [GENERAL_LABELS, IMAGE_PROPERTIES]")
        }
        try request.violations.throwIfAny()
        if features.contains("IMAGE_PROPERTIES") || colors != nil {
            throw APIError(
                .invalidParameter,
                "IMAGE_PROPERTIES is not available here; leave Features out, or ask for GENERAL_LABELS only.")
        }
        picture = try image.bytes()
        self.maxLabels = maxLabels ?? .max
        self.minConfidence = minConfidence ?? Self.usualMinConfidence
        self.filter = filter
    }
}
