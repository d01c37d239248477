import Base

extension NormalizedBox {
    /// `BoundingBox`
    var json: JSONValue {
        ["Left": .number(left), "Top": .number(top), "Width": .number(width), "Height": .number(height)]
    }
}

extension Face {
    private static let landmarkTypes = ["eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"]

    /// What `FaceDetail` and `ComparedFace` have in common.
    var json: JSONValue {
        [
            "BoundingBox": box.json, "Confidence": confidence.percentJSON,
            "Landmarks": .array(
                zip(Self.landmarkTypes, landmarks.points).map { type, point in
                    ["Type": .string(type), "X": .number(point.x), "Y": .number(point.y)]
                }),
            "Pose": ["Pitch": .number(pose.pitch), "Roll": .number(pose.roll), "Yaw": .number(pose.yaw)],
            "Quality": ["Brightness": .number(quality.brightness), "Sharpness": .number(quality.sharpness)],
        ]
    }
}

extension IndexedFace {
    /// `Face`
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "FaceId": .string(id.text), "ImageId": .string(imageID.text), "BoundingBox": box.json,
            "Confidence": confidence.percentJSON,
        ]
        members["ExternalImageId"] = externalImageID.map { .string($0.text) }
        members["UserId"] = userID.map { .string($0.text) }
        return .object(members)
    }
}

extension FaceMatch {
    /// `FaceMatch`
    var json: JSONValue { ["Similarity": .number(similarity), "Face": face.json] }
}
