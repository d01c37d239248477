import Base
import FoundationEssentials

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
    /// AWS's limit of `Image.Bytes`.
    private static let mostBytes = RekognitionAPI.largestPicture

    var picture: [UInt8]
    var maxLabels: Int
    /// 0...100.
    var minConfidence: Double
    var filter: LabelNameFilter

    init(_ request: Members) throws(APIError) {
        let image = try request.structure("Image", required: true)
        let bytes = try image?.string("Bytes", .any)
        let object = try image?.structure("S3Object")
        _ = try object?.string("Bucket", .bucket)
        _ = try object?.string("Name", .objectName)
        _ = try object?.string("Version", .objectName)
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
        picture = try Self.picture(bytes, hasObject: object != nil)
        self.maxLabels = maxLabels ?? .max
        self.minConfidence = minConfidence ?? Self.usualMinConfidence
        self.filter = filter
    }

    private static func picture(_ bytes: String?, hasObject: Bool) throws(APIError) -> [UInt8] {
        guard let bytes else {
            throw hasObject
                ? APIError(.invalidS3Object, "Image.S3Object cannot be fetched: there is no S3 here; use Image.Bytes.")
                : APIError(.invalidParameter, "Image must hold Bytes, a JPEG or PNG.")
        }
        guard !hasObject else {
            throw APIError(.invalidParameter, "Image must hold one of Bytes and S3Object, not both.")
        }
        guard bytes.utf8.count <= RekognitionAPI.largestPictureText else { throw tooLarge(bytes.utf8.count / 4 * 3) }
        guard let data = Data(base64Encoded: bytes) else {
            throw APIError(.serialization, "'image.bytes' must be base64.")
        }
        guard !data.isEmpty else {
            throw APIError(
                .invalidParameter,
                "1 validation error detected: Value '' at 'image.bytes' failed to satisfy constraint: "
                    + "Member must have length greater than or equal to 1")
        }
        guard data.count <= mostBytes else { throw tooLarge(data.count) }
        return [UInt8](data)
    }

    private static func tooLarge(_ count: Int) -> APIError {
        APIError(.imageTooLarge, "The picture has \(count) bytes; at most \(mostBytes) are taken.")
    }
}

extension APIError {
    fileprivate init(_ refusal: PictureRefusal) {
        switch refusal {
        case .unreadable(let why):
            self.init(.invalidImageFormat, "Image.Bytes is no JPEG or PNG that can be read: \(why)")
        case .tooLarge(let why): self.init(.imageTooLarge, "Image.Bytes is too large: \(why)")
        case .busy(let why): self.init(.provisionedThroughputExceeded, why)
        case .unavailable(let why): self.init(.internalServerError, why)
        case .stopping: self.init(.serviceUnavailable, "Porchlight is ending; try again.")
        }
    }
}
