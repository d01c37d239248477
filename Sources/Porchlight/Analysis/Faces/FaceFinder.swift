package import Base
package import Decode
import Gate
import Interpret

/// Finds the faces of frames and describes each: where, how turned, how good, and by which numbers it is known again.
package struct FaceFinder {
    /// How much is found in one frame.
    package struct Bounds: Sendable {
        /// Faces below are passed over.
        package var leastConfidence: Confidence
        /// Vectors that are made, of the largest faces first.
        package var mostVectors: Int

        package init(leastConfidence: Confidence, mostVectors: Int) {
            self.leastConfidence = leastConfidence
            self.mostVectors = mostVectors
        }
    }

    /// A smaller face, by the shorter side of its box in pixels of the picture, gets no vector: strangers look alike in it.
    package static let leastPixels = 32

    private let detector: any ObjectDetecting
    private let embedder: (any FaceEmbedding)?
    /// Makes thumbnails; nil where nobody wants any.
    private let encoder: JPEGEncoder?

    /// - Parameters:
    ///   - embedder: nil: no vectors are made.
    ///   - encoder: of small pictures of those faces of single pictures that have a vector.
    package init(
        _ detector: any ObjectDetecting, _ embedder: (any FaceEmbedding)?, thumbnails encoder: JPEGEncoder? = nil
    ) {
        self.detector = detector
        self.embedder = embedder
        self.encoder = encoder
    }

    /// The faces of a single picture. A large one is looked at as a whole and in parts: a face of 40 pixels in a picture
    /// of 1920x1080 is found. A face that fills the picture is looked at twice, and a vector is the mean of four views of the
    /// face: that takes some hundredths of a second, which a camera's pictures do not have.
    /// - Returns: the largest first, at most `Face.mostInPicture`.
    package func faces(inPicture frame: Frame, within bounds: Bounds) -> [Face] {
        let parts = PictureParts.parts(shown: zoom(of: frame.size))
        var merge = seen(in: frame, [.full] + parts, bounds, isSingle: true)
        if merge.faces.isEmpty { merge.add(filling(frame).filter { $0.confidence >= bounds.leastConfidence }) }
        return faces(merge, in: frame, isSingle: true, bounds).map { face in
            var face = face
            face.thumbnail = thumbnail(of: face, in: frame)
            return face
        }
    }

    /// The faces of some parts of a frame.
    /// - Parameter parts: in ratios of the frame. What their edges cut is passed over.
    /// - Returns: the largest first, at most `Face.mostInPicture`.
    package func faces(in frame: Frame, _ parts: [NormalizedBox], within bounds: Bounds) -> [Face] {
        faces(seen(in: frame, parts, bounds, isSingle: false), in: frame, isSingle: false, bounds)
    }

    /// How far the face is lowered in the views of a single picture, as a share of the crop: two pixels of 96 up and down, and
    /// both mirrored, the best four of those that were tried (training/README.md).
    private static let views = [-2.0 / 96, 2.0 / 96]

    private func faces(_ seen: FaceMerge, in frame: Frame, isSingle: Bool, _ bounds: Bounds) -> [Face] {
        var left = bounds.mostVectors
        return seen.faces.compactMap { detection in
            guard var face = Self.face(detection, in: frame) else { return nil }
            if left > 0, face.pixels >= Self.leastPixels, let embedder {
                left -= 1
                func view(_ template: FaceTemplate) -> FaceCrop? {
                    Self.crop(frame, face.landmarks, template, embedder.side)
                }
                face.vector =
                    isSingle
                    ? embedder.meanVector(of: Self.views.map { view(embedder.template.lowered(by: $0)) })
                    : view(embedder.template).flatMap(embedder.vector)
            }
            return face
        }
    }

    private func seen(
        in frame: Frame, _ parts: [NormalizedBox], _ bounds: Bounds, isSingle: Bool
    ) -> FaceMerge {
        var merge = FaceMerge()
        for part in parts {
            let seen =
                (part == .full
                ? detector.detections(in: frame, of: nil) : detector.detections(in: frame, within: part))
                .filter { $0.confidence >= bounds.leastConfidence }
            guard isSingle else {
                merge.add(seen, of: part)
                continue
            }
            let zoom = zoom(of: frame.cropped(to: part)?.frame.size ?? frame.size)
            let own = seen.filter { PictureParts.mayTell(of: $0.box, in: part) }
            merge.add(own.map { closer($0, in: frame, zoom: zoom) }, of: part)
        }
        return merge
    }

    // MARK: Close-ups

    /// Pixels of the network's input for each pixel of a picture of this size, along one side.
    private func zoom(of size: PixelSize) -> Double {
        let input = detector.inputShape(for: size)
        return min(Double(input.width) / Double(size.width), Double(input.height) / Double(size.height))
    }

    /// A face that was shown large, with the points that a second look places better.
    private func closer(_ face: Detection, in frame: Frame, zoom: Double) -> Detection {
        guard let closeUp = FaceCloseUp(of: face, in: frame.size, zoom: zoom),
            let landmarks = closeUp.landmarks(in: look(closeUp, frame))
        else { return face }
        var face = face
        face.landmarks = landmarks
        return face
    }

    /// The faces of a picture that shows little else: too large for the network, where the first look found nobody.
    private func filling(_ frame: Frame) -> [Detection] {
        guard let closeUp = FaceCloseUp(ofWhole: frame.size) else { return [] }
        return closeUp.placed(look(closeUp, frame))
    }

    private func look(_ closeUp: FaceCloseUp, _ frame: Frame) -> [Detection] {
        AlignedCrop.crop(frame, by: closeUp.toPicture, side: FaceCloseUp.side).map(detector.detections) ?? []
    }

    // MARK: Thumbnails

    /// A smaller one shows too little, a larger one more than is needed.
    private static let thumbnailSide = 112

    /// Nil as well where none can be made: the face counts all the same.
    private func thumbnail(of face: Face, in frame: Frame) -> [UInt8]? {
        guard let encoder, face.vector != nil else { return nil }
        let cutout = try? encoder.cutout(of: frame, around: face.box, margin: 0.2, mostSide: Self.thumbnailSide)
        return cutout?.jpeg
    }

    private static func face(_ detection: Detection, in frame: Frame) -> Face? {
        let (box, landmarks) = (detection.box, detection.landmarks)
        guard let pose = FacePose(landmarks, in: frame.size),
            let crop = crop(frame, landmarks, .usual, FaceQuality.side)
        else { return nil }
        let shorter = min(box.width * Double(frame.size.width), box.height * Double(frame.size.height))
        return Face(
            box: box, confidence: detection.confidence, landmarks: landmarks, pose: pose,
            quality: FaceQuality(measuring: crop), pixels: Int(shorter.rounded()))
    }

    private static func crop(
        _ frame: Frame, _ landmarks: Landmarks, _ template: FaceTemplate, _ side: Int
    ) -> FaceCrop? {
        template.transform(to: landmarks, in: frame.size, side: side).flatMap {
            AlignedCrop.crop(frame, by: $0, side: side)
        }
    }
}
