/// A face of a collection that is like another one.
package struct FaceMatch: Sendable, Equatable {
    package var face: IndexedFace
    /// Percent, 0...100.
    package var similarity: Double

    package init(face: IndexedFace, similarity: Double) {
        self.face = face
        self.similarity = similarity
    }
}

/// A face that a collection holds, without its vector.
package struct IndexedFace: Sendable, Equatable {
    package var id: FaceID
    package var imageID: FaceID
    package var externalImageID: ExternalImageID?
    package var userID: FaceUserID?
    /// In the picture that it was indexed from.
    package var box: NormalizedBox
    package var confidence: Confidence

    package init(
        id: FaceID, imageID: FaceID, externalImageID: ExternalImageID?, userID: FaceUserID? = nil, box: NormalizedBox,
        confidence: Confidence
    ) {
        self.id = id
        self.imageID = imageID
        self.externalImageID = externalImageID
        self.userID = userID
        self.box = box
        self.confidence = confidence
    }

    /// What people call the person: the user, else the external image id; nil when nobody gave a name.
    package var personName: String? { userID?.text ?? externalImageID?.text }
}
