/// One face that was seen in a picture, as AWS's answers describe it.
package struct Face: Sendable, Equatable {
    /// Of the full frame; may reach beyond 0...1 at the edges.
    package var box: NormalizedBox
    package var confidence: Confidence
    /// Left eye, right eye, nose, left and right corner of the mouth as the picture shows them, in ratios of the frame.
    package var landmarks: Landmarks
    package var pose: FacePose
    package var quality: FaceQuality
    /// The shorter side of the box in pixels of the picture.
    package var pixels: Int
    /// Nil when it was not asked for, or the face was too small to make one.
    package var vector: FaceVector?
    /// A small JPEG for people to look at; only where the owner asked for it.
    package var thumbnail: [UInt8]?

    package init(
        box: NormalizedBox, confidence: Confidence, landmarks: Landmarks, pose: FacePose, quality: FaceQuality,
        pixels: Int, vector: FaceVector? = nil
    ) {
        self.box = box
        self.confidence = confidence
        self.landmarks = landmarks
        self.pose = pose
        self.quality = quality
        self.pixels = pixels
        self.vector = vector
    }
}

/// How the head is turned, in degrees, -180...180, with AWS's signs: yaw is left to right, pitch up and down, roll the tilt.
package struct FacePose: Sendable, Equatable {
    package var yaw: Double
    package var pitch: Double
    package var roll: Double

    package init(yaw: Double, pitch: Double, roll: Double) {
        self.yaw = yaw
        self.pitch = pitch
        self.roll = roll
    }
}

/// How good the picture of a face is; both 0...100.
package struct FaceQuality: Sendable, Equatable {
    package var brightness: Double
    package var sharpness: Double
    /// False for a grey picture, as infra-red cameras make them.
    package var isColor: Bool

    package init(brightness: Double, sharpness: Double, isColor: Bool) {
        self.brightness = brightness
        self.sharpness = sharpness
        self.isColor = isColor
    }
}
