/// Which faces of a picture are good enough: AWS's `QualityFilter`. What comes into a collection is filtered hard, since one
/// bad reference is like many strangers; a face that is only looked for is filtered softly, since a bad one is merely missed.
package enum FaceFilter: String, Sendable, CaseIterable {
    case none = "NONE"
    /// This program's own choice.
    case auto = "AUTO"
    case low = "LOW"
    case medium = "MEDIUM"
    case high = "HIGH"

    /// What becomes of the face.
    package enum Use: Sendable, CaseIterable {
        /// A collection keeps it.
        case reference
        /// It is looked for in a collection, or compared.
        case probe
    }

    /// Why a face is not taken; empty for one that is. A face that is too small to have a vector is never taken.
    package func reasons(against face: Face, as use: Use) -> [FaceRefusal] {
        var reasons: [FaceRefusal] = []
        if let rule = rule(for: use) { reasons = rule.reasons(against: face) }
        if face.vector == nil, !reasons.contains(.smallBoundingBox) { reasons.append(.smallBoundingBox) }
        return reasons
    }

    /// Sharpness and brightness are those of `FaceQuality`: of faces of Labeled Faces in the Wild 95 of 100 have a sharpness of
    /// 72 and more, faces of 32 pixels have 49, a blur of 2 pixels leaves 24; pictures by day have a brightness of 20 to 65.
    private func rule(for use: Use) -> Rule? {
        switch (self, use) {
        case (.none, _): nil
        case (.low, .reference):
            Rule(pixels: 40, confidence: 60, yaw: 60, pitch: 45, roll: 60, brightness: 10, sharpness: 25)
        case (.auto, .reference), (.medium, .reference):
            Rule(
                pixels: 64, confidence: 75, yaw: 40, pitch: 30, roll: 45, brightness: 18, sharpness: 40,
                mustHaveColor: true)
        case (.high, .reference):
            Rule(
                pixels: 96, confidence: 85, yaw: 25, pitch: 20, roll: 30, brightness: 22, sharpness: 60,
                mustHaveColor: true)
        case (.low, .probe):
            Rule(pixels: 24, confidence: 50, yaw: 80, pitch: 60, roll: 90, brightness: 4, sharpness: 5)
        case (.auto, .probe), (.medium, .probe):
            Rule(pixels: 32, confidence: 60, yaw: 60, pitch: 45, roll: 60, brightness: 8, sharpness: 15)
        case (.high, .probe):
            Rule(pixels: 64, confidence: 75, yaw: 40, pitch: 30, roll: 45, brightness: 18, sharpness: 40)
        }
    }

    /// The least that a face must have, and how far it may be turned.
    private struct Rule {
        var pixels: Int
        /// Percent.
        var confidence: Double
        /// Degrees to either side.
        var yaw: Double
        var pitch: Double
        var roll: Double
        var brightness: Double
        var sharpness: Double
        /// Pictures of infra-red cameras make the worst references.
        var mustHaveColor = false

        func reasons(against face: Face) -> [FaceRefusal] {
            var reasons: [FaceRefusal] = []
            if face.pixels < pixels { reasons.append(.smallBoundingBox) }
            if face.confidence.percent < confidence { reasons.append(.lowConfidence) }
            let pose = face.pose
            if abs(pose.yaw) > yaw || abs(pose.pitch) > pitch || abs(pose.roll) > roll { reasons.append(.extremePose) }
            if face.quality.brightness < brightness { reasons.append(.lowBrightness) }
            if face.quality.sharpness < sharpness { reasons.append(.lowSharpness) }
            if mustHaveColor && !face.quality.isColor { reasons.append(.lowFaceQuality) }
            return reasons
        }
    }
}

/// Why a face was found but not taken, in AWS's words.
package enum FaceRefusal: String, Sendable, CaseIterable {
    case exceedsMaxFaces = "EXCEEDS_MAX_FACES"
    case extremePose = "EXTREME_POSE"
    case lowBrightness = "LOW_BRIGHTNESS"
    case lowSharpness = "LOW_SHARPNESS"
    case lowConfidence = "LOW_CONFIDENCE"
    case smallBoundingBox = "SMALL_BOUNDING_BOX"
    case lowFaceQuality = "LOW_FACE_QUALITY"
    /// Only where one face is searched for.
    case notLargest = "FACE_NOT_LARGEST"
}
