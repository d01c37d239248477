import Base
package import Faces
import Logging

extension CollectionRegistry {
    /// The id of Anna's face in `family()`.
    package static let annasFace = "0f3c5b1e-9a44-4c0d-8f6b-2f7d0d6c9a11"

    /// The collection `family` with Anna: one face, whose vector is `[1, 0, 0]`, and a user without faces.
    package static func family() async throws -> CollectionRegistry {
        let registry = CollectionRegistry(MemoryArchive(), logger: Logger(label: "tests"))
        guard let id = CollectionID("family"), let anna = FaceUserID("anna"), let face = FaceID(annasFace),
            let vector = FaceVector([1, 0, 0])
        else { return registry }
        _ = try await registry.create(id, tags: [:])
        try await registry.createUser(anna, in: id)
        let indexed = IndexedFace(
            id: face, imageID: face, externalImageID: ExternalImageID("anna"), box: .full, confidence: .half)
        let model = try await ScriptedFaces(.success([])).model()
        _ = try await registry.restore([StoredFace(face: indexed, vector: vector)], into: id, from: model)
        return registry
    }
}
