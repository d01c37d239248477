import Base

/// For clips that are played without a box around them: nobody can be looked for.
struct NoCollections: FaceSearching {
    func matches(
        of vector: FaceVector, from model: FaceModel, in collection: CollectionID, atLeast similarity: Double,
        limit: Int
    ) -> [FaceMatch] { [] }

    func hasCollection(_ id: CollectionID) -> Bool { false }
}
