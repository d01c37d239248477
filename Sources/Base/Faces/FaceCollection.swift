/// What everybody may know of a collection.
package struct FaceCollection: Sendable, Equatable {
    package let id: CollectionID
    package let createdAt: WallTime
    package var tags: [String: String]
    /// Whose vectors it holds; nil before its first face. A collection without faces takes the model of the next one.
    package var model: FaceModel?
    package var faceCount: Int
    package var userCount: Int

    package init(
        id: CollectionID, createdAt: WallTime, tags: [String: String], model: FaceModel?, faceCount: Int = 0,
        userCount: Int = 0
    ) {
        self.id = id
        self.createdAt = createdAt
        self.tags = tags
        self.model = model
        self.faceCount = faceCount
        self.userCount = userCount
    }

    private static let start = "arn:aws:rekognition:local:000000000000:collection/"

    /// Region `local` and account zero, as stream processors have them.
    package static func arn(of id: CollectionID) -> String { start + id.text }

    /// Of any region and account; nil for anything else than a collection.
    package static func id(in arn: String) -> CollectionID? {
        ResourceARN.rekognition("collection", in: arn).flatMap { CollectionID($0) }
    }
}

/// A face with everything that is kept of it.
package struct StoredFace: Sendable, Equatable {
    package var face: IndexedFace
    package var vector: FaceVector
    /// A small JPEG for people to look at; only when the owner asked for it.
    package var thumbnail: [UInt8]?

    package init(face: IndexedFace, vector: FaceVector, thumbnail: [UInt8]? = nil) {
        self.face = face
        self.vector = vector
        self.thumbnail = thumbnail
    }
}

/// A person of a collection.
package struct FaceUser: Sendable, Equatable {
    package var id: FaceUserID
    /// Faces that are associated to the person; without one nobody can find it.
    package var faceCount: Int

    package init(id: FaceUserID, faceCount: Int) {
        self.id = id
        self.faceCount = faceCount
    }
}

/// A person who is like a face: as similar as the best of the person's faces.
package struct FaceUserMatch: Sendable, Equatable {
    package var user: FaceUserID
    /// Percent, 0...100.
    package var similarity: Double

    package init(user: FaceUserID, similarity: Double) {
        self.user = user
        self.similarity = similarity
    }
}
