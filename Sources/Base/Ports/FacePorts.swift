/// Finds faces in single pictures. Filled by the wiring; the networks are loaded when they are asked for the first time.
package protocol FaceReading: Sendable {
    /// - Parameters:
    ///   - file: the bytes of a JPEG or PNG.
    ///   - wantsVectors: also what tells the faces apart.
    /// - Returns: the largest face first, at most `Face.mostInPicture`.
    func faces(inPicture file: [UInt8], wantsVectors: Bool) async throws(PictureRefusal) -> [Face]
    /// The embedder; nil while it cannot be used, and why.
    func model() async throws(PictureRefusal) -> FaceModel
}

extension Face {
    /// AWS finds up to a hundred faces in a picture.
    package static let mostInPicture = 100
}

/// Searches collections, as the analysis does it for each look: in memory, never waiting for the disk. Filled by `Faces`.
package protocol FaceSearching: Sendable {
    /// - Parameters:
    ///   - similarity: percent; only faces at least so similar.
    /// - Returns: the most similar first; nothing for a collection that does not exist, or that is of another model.
    func matches(
        of vector: FaceVector, from model: FaceModel, in collection: CollectionID, atLeast similarity: Double,
        limit: Int
    ) -> [FaceMatch]
    /// Whether a processor may name it.
    func hasCollection(_ id: CollectionID) -> Bool
}
