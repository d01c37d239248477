package import Base
import Faces
import Logging
package import Rekognition

/// A network that sees what it is told to, and remembers what it was shown.
package actor ScriptedPictures: PictureLabeling {
    package nonisolated let modelName = "scripted"
    private let outcome: Result<[Detection], PictureRefusal>
    package private(set) var shown: [[UInt8]] = []

    package init(_ outcome: Result<[Detection], PictureRefusal>) { self.outcome = outcome }

    package func detections(inPicture file: [UInt8]) async throws(PictureRefusal) -> [Detection] {
        shown.append(file)
        return try outcome.get()
    }
}

/// A network that sees one face in each picture, or what it is told to.
package struct ScriptedFaces: FaceReading {
    private let outcome: Result<[Face], PictureRefusal>
    private let identity: String
    private let modelFailure: PictureRefusal?

    package init(_ outcome: Result<[Face], PictureRefusal>, model identity: String = "scripted") {
        self.outcome = outcome
        self.identity = identity
        modelFailure = nil
    }

    /// Without networks.
    package init(modelFailure: PictureRefusal) {
        outcome = .failure(modelFailure)
        identity = ""
        self.modelFailure = modelFailure
    }

    package func faces(inPicture file: [UInt8], wantsVectors: Bool) async throws(PictureRefusal) -> [Face] {
        try outcome.get()
    }

    package func model() async throws(PictureRefusal) -> FaceModel {
        if let modelFailure { throw modelFailure }
        guard let curve = SimilarityCurve(slope: 32.1, middle: 0.387) else { throw .stopping }
        return FaceModel(identity: identity, dimension: 3, similarity: curve)
    }

    /// A good face.
    package static func face(_ vector: [Float], pixels: Int = 120) -> Face {
        Face(
            box: .full, confidence: Confidence(clamping: 0.99),
            landmarks: Landmarks((0..<5).map { Point(x: 0.1 * Double($0), y: 0.5) }) ?? .none,
            pose: FacePose(yaw: 1, pitch: 2, roll: 3),
            quality: FaceQuality(brightness: 60, sharpness: 80, isColor: true), pixels: pixels,
            vector: FaceVector(vector))
    }
}

extension RekognitionAPI {
    /// For tests that show no pictures.
    package init(control: any StreamProcessorControl) {
        self.init(control: control, pictures: ScriptedPictures(.failure(.stopping)))
    }

    /// For tests without collections.
    package init(control: any StreamProcessorControl, pictures: any PictureLabeling) {
        self.init(
            control: control, pictures: pictures, faces: ScriptedFaces(.failure(.stopping)),
            collections: CollectionRegistry(MemoryArchive(), logger: Logger(label: "tests")))
    }
}
