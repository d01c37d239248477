package import Base

extension FaceRecord {
    /// A record of a face search's data stream, as AWS's page "Reading streaming video analysis results" has it. One frame is
    /// one fragment here; its number is its capture time in milliseconds.
    /// - Parameter serverTime: when the analysis was done.
    package func json(serverTime: WallTime) -> JSONValue {
        let captured = WallTime(of: at)
        return [
            "InputInformation": [
                "KinesisVideo": [
                    "StreamArn": .string(inputARN), "FragmentNumber": .string(String(max(0, captured.milliseconds))),
                    "ServerTimestamp": serverTime.epochSeconds, "ProducerTimestamp": captured.epochSeconds,
                    "FrameOffsetInSeconds": 0,
                ]
            ],
            // AWS writes nothing else.
            "StreamProcessorInformation": ["Status": "RUNNING"],
            "FaceSearchResponse": .array(
                faces.map { face, matches in
                    ["DetectedFace": face.json, "MatchedFaces": .array(matches.map(\.recordJSON))]
                }),
        ]
    }
}

extension FaceMatch {
    /// Records of streams know no users.
    fileprivate var recordJSON: JSONValue {
        var face = face
        face.userID = nil
        return ["Similarity": .number(similarity), "Face": face.json]
    }
}
