package import Base
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

extension RekognitionAPI {
    /// For tests that show no pictures.
    package init(control: any StreamProcessorControl) {
        self.init(control: control, pictures: ScriptedPictures(.failure(.stopping)))
    }
}
