package import Base
import FoundationEssentials

/// A face of a collection's copy as JSON: only this program reads it.
extension StoredFace {
    /// Vectors as little-endian floats in base64.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "FaceId": .string(face.id.text), "ImageId": .string(face.imageID.text),
            "BoundingBox": [
                "Left": .number(face.box.left), "Top": .number(face.box.top), "Width": .number(face.box.width),
                "Height": .number(face.box.height),
            ],
            "Confidence": .number(face.confidence.percent),
            "Vector": .string(Data(vector.values.flatMap { $0.bitPattern.littleEndianBytes }).base64EncodedString()),
        ]
        members["ExternalImageId"] = face.externalImageID.map { .string($0.text) }
        members["UserId"] = face.userID.map { .string($0.text) }
        members["Thumbnail"] = thumbnail.map { .string(Data($0).base64EncodedString()) }
        return .object(members)
    }

    /// Nil for anything else.
    package init?(_ json: JSONValue, dimension: Int) {
        func side(_ name: String) -> Double? { json["BoundingBox"]?[name]?.double }
        guard let id = json["FaceId"]?.string.flatMap({ FaceID($0) }),
            let image = json["ImageId"]?.string.flatMap({ FaceID($0) }),
            let left = side("Left"), let top = side("Top"), let width = side("Width"), let height = side("Height"),
            let confidence = json["Confidence"]?.double.flatMap({ Confidence(percent: $0) }),
            let box = NormalizedBox(left: left, top: top, width: width, height: height),
            let vector = Self.vector(json["Vector"]?.string), vector.values.count == dimension
        else { return nil }
        var name: ExternalImageID?
        if let text = json["ExternalImageId"]?.string {
            guard let id = ExternalImageID(text) else { return nil }
            name = id
        }
        var user: FaceUserID?
        if let text = json["UserId"]?.string {
            guard let id = FaceUserID(text) else { return nil }
            user = id
        }
        let face = IndexedFace(
            id: id, imageID: image, externalImageID: name, userID: user, box: box, confidence: confidence)
        let thumbnail = json["Thumbnail"]?.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
        self.init(face: face, vector: vector, thumbnail: thumbnail.flatMap { $0.count <= 1 << 16 ? $0 : nil })
    }

    private static func vector(_ text: String?) -> FaceVector? {
        guard let text, text.utf8.count <= 4 * 4 * FaceVector.most, let data = Data(base64Encoded: text),
            data.count % 4 == 0
        else { return nil }
        let bytes = [UInt8](data)
        return FaceVector(
            stride(from: 0, to: bytes.count, by: 4).map { first in
                Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[first + $1]) << UInt32(8 * $1) })
            })
    }
}

extension FaceModel {
    package var json: JSONValue {
        [
            "Identity": .string(identity), "Dimension": .integer(Int64(dimension)),
            "Slope": .number(similarity.slope), "Middle": .number(similarity.middle),
        ]
    }

    /// Nil for anything else.
    package init?(_ json: JSONValue) {
        guard let identity = json["Identity"]?.string, (1...500).contains(identity.utf8.count),
            let dimension = json["Dimension"]?.int, (1...FaceVector.most).contains(dimension),
            let slope = json["Slope"]?.double, let middle = json["Middle"]?.double,
            let similarity = SimilarityCurve(slope: slope, middle: middle)
        else { return nil }
        self.init(identity: identity, dimension: dimension, similarity: similarity)
    }
}

extension UInt32 {
    fileprivate var littleEndianBytes: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: self >> UInt32(8 * $0)) }
    }
}
