import Base

/// Members that several operations on faces have.
extension Members {
    static let percent = ConnectedHome.percent
    /// AWS's default of every threshold but that of AssociateFaces.
    static let usualThreshold = 80.0

    func collectionID() throws(APIError) -> CollectionID? {
        try string("CollectionId", .collectionID, required: true).flatMap(CollectionID.init)
    }

    func userID(required: Bool) throws(APIError) -> FaceUserID? {
        try string("UserId", .userID, required: required).flatMap(FaceUserID.init)
    }

    func faceID(required: Bool) throws(APIError) -> FaceID? {
        try string("FaceId", .faceID, required: required).flatMap(FaceID.init)
    }

    func faceIDs(count: ClosedRange<Int>, required: Bool) throws(APIError) -> [FaceID]? {
        try strings("FaceIds", .faceID, count: count, required: required)?.compactMap(FaceID.init)
    }

    func requestToken() throws(APIError) -> String? { try string("ClientRequestToken", .requestToken) }

    /// `Attributes` and `DetectionAttributes`.
    func checkAttributes(_ name: String) throws(APIError) {
        let wanted = try strings(name, .any, count: nil) ?? []
        let words = FaceAttribute.allCases.map(\.rawValue)
        for (index, word) in wanted.enumerated() where !words.contains(word) {
            violations.add(
                .string(word), at: "\(path(of: name))[\(index)]",
                "Member must satisfy enum value set: [\(words.joined(separator: ", "))]")
        }
        try violations.throwIfAny()
        if let word = wanted.first(where: { $0 != "DEFAULT" && $0 != "ALL" }) {
            throw APIError(
                .invalidParameter,
                "\(name): \(word) is not available here; ask for DEFAULT: BoundingBox, Confidence, Landmarks, Pose, Quality."
            )
        }
    }
}

/// AWS's `Attribute`. `ALL` is answered with what there is, as many programs ask for it by habit.
private enum FaceAttribute: String, CaseIterable {
    case standard = "DEFAULT"
    case all = "ALL"
    case ageRange = "AGE_RANGE"
    case beard = "BEARD"
    case emotions = "EMOTIONS"
    case eyeDirection = "EYE_DIRECTION"
    case eyeglasses = "EYEGLASSES"
    case eyesOpen = "EYES_OPEN"
    case gender = "GENDER"
    case mouthOpen = "MOUTH_OPEN"
    case mustache = "MUSTACHE"
    case faceOccluded = "FACE_OCCLUDED"
    case smile = "SMILE"
    case sunglasses = "SUNGLASSES"
}

/// The face that a picture is asked about: the largest of those that are good enough.
struct ProbeFace {
    let face: Face
    let vector: FaceVector
    /// The others, each with why.
    let others: [(face: Face, reasons: [FaceRefusal])]

    /// - Throws: `InvalidParameterException` for a picture without a face, as AWS does.
    init(_ faces: [Face], _ filter: FaceFilter) throws(APIError) {
        let judged = faces.map { (face: $0, reasons: filter.reasons(against: $0, as: .probe)) }
        guard let index = judged.firstIndex(where: \.reasons.isEmpty), let vector = judged[index].face.vector else {
            let why = Set(judged.flatMap(\.reasons)).map(\.rawValue).sorted().joined(separator: ", ")
            throw APIError(
                .invalidParameter,
                "There are no faces in the image. Should be at least 1."
                    + (judged.isEmpty ? "" : " (\(judged.count) were found but not good enough: \(why).)"))
        }
        face = judged[index].face
        self.vector = vector
        others = judged.enumerated().filter { $0.offset != index }.map { _, other in
            (other.face, other.reasons.isEmpty ? [.notLargest] : other.reasons)
        }
    }
}
