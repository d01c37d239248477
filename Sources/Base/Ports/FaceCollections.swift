/// What the API and the command line may ask of collections of faces. Filled by `Faces`. What a call has returned from
/// survives a power cut.
package protocol FaceCollections: FaceSearching {
    func create(_ id: CollectionID, tags: [String: String]) async throws(FaceCollectionError) -> FaceCollection
    func describe(_ id: CollectionID) throws(FaceCollectionError) -> FaceCollection
    /// All, by name.
    func list() -> [FaceCollection]
    /// With every face and every user of it.
    func delete(_ id: CollectionID) async throws(FaceCollectionError)
    func tag(_ id: CollectionID, with tags: [String: String]) async throws(FaceCollectionError)
    func untag(_ id: CollectionID, keys: [String]) async throws(FaceCollectionError)

    /// Keeps the faces of one picture that are good enough: all of them or, when it fails, none.
    /// - Parameter model: where the faces' vectors are from.
    func index(
        _ picture: FaceIndexing, into id: CollectionID, from model: FaceModel
    ) async throws(FaceCollectionError) -> FaceIndexing.Outcome
    /// Faces in the order of their ids.
    /// - Parameters:
    ///   - user: only this person's.
    ///   - ids: only these; unknown ones are left out.
    ///   - after: only those behind it.
    /// - Returns: at most `limit`, and whether there are more.
    func faces(
        in id: CollectionID, of user: FaceUserID?, among ids: Set<FaceID>?, after: FaceID?, limit: Int
    ) throws(FaceCollectionError) -> (faces: [IndexedFace], hasMore: Bool)
    /// Removes faces from memory and from the disk. Those of a person stay.
    func deleteFaces(_ ids: [FaceID], from id: CollectionID) async throws(FaceCollectionError) -> FaceDeletion
    /// Faces with their vectors, in the order of their ids; for a copy of the collection.
    func storedFaces(
        in id: CollectionID, after: FaceID?, limit: Int
    ) async throws(FaceCollectionError) -> [StoredFace]
    /// The small picture that is kept of a face, as a JPEG; nil for a face without one, and for one that is not there.
    func picture(ofFace face: FaceID, in id: CollectionID) async throws(FaceCollectionError) -> [UInt8]?
    /// Takes faces of such a copy in as they are: all of them or none. Those that the collection has are left as they are.
    /// Users that the faces name are made.
    /// - Returns: how many were new.
    func restore(
        _ faces: [StoredFace], into id: CollectionID, from model: FaceModel
    ) async throws(FaceCollectionError) -> Int

    /// As `matches(of:from:in:…)` of a face of the collection, which is not in the answer.
    func matches(
        ofFace face: FaceID, in id: CollectionID, atLeast similarity: Double, limit: Int
    ) throws(FaceCollectionError) -> [FaceMatch]
    /// As `matches(of:from:in:…)`, for who wants to know why there is no answer.
    func search(
        _ vector: FaceVector, from model: FaceModel, in id: CollectionID, atLeast similarity: Double, limit: Int
    ) throws(FaceCollectionError) -> [FaceMatch]

    func createUser(_ user: FaceUserID, in id: CollectionID) async throws(FaceCollectionError)
    /// Its faces stay, and belong to nobody.
    func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws(FaceCollectionError)
    /// By id, those behind `after`; at most `limit`, and whether there are more.
    func users(
        in id: CollectionID, after: FaceUserID?, limit: Int
    ) throws(FaceCollectionError) -> (users: [FaceUser], hasMore: Bool)
    /// - Parameter similarity: percent; a face that is less like the faces that the person has is not taken.
    func associate(
        _ faces: [FaceID], to user: FaceUserID, in id: CollectionID, atLeast similarity: Double
    ) async throws(FaceCollectionError) -> FaceAssociation
    func disassociate(
        _ faces: [FaceID], from user: FaceUserID, in id: CollectionID
    ) async throws(FaceCollectionError) -> FaceAssociation
    /// The persons who are like a face, a person or a vector, the most similar first. A person is not in the answer for itself.
    func userMatches(
        of probe: FaceUserProbe, in id: CollectionID, atLeast similarity: Double, limit: Int
    ) throws(FaceCollectionError) -> [FaceUserMatch]
}

/// Whom a search for persons starts from.
package enum FaceUserProbe: Sendable {
    case face(FaceID)
    case user(FaceUserID)
    case vector(FaceVector, FaceModel)
}

/// The faces of one picture, on their way into a collection.
package struct FaceIndexing: Sendable {
    /// The largest first.
    package var faces: [Face]
    /// For all of them.
    package var externalImageID: ExternalImageID?
    package var filter: FaceFilter
    /// The smallest of what passes the filter are left out.
    package var mostFaces: Int

    package init(
        faces: [Face], externalImageID: ExternalImageID? = nil, filter: FaceFilter = .auto,
        mostFaces: Int = Face.mostInPicture
    ) {
        self.faces = faces
        self.externalImageID = externalImageID
        self.filter = filter
        self.mostFaces = mostFaces
    }

    package struct Outcome: Sendable {
        package var indexed: [(face: IndexedFace, seen: Face)]
        package var refused: [(seen: Face, reasons: [FaceRefusal])]

        package init(
            indexed: [(face: IndexedFace, seen: Face)] = [], refused: [(seen: Face, reasons: [FaceRefusal])] = []
        ) {
            self.indexed = indexed
            self.refused = refused
        }
    }
}

/// What became of faces that were to be deleted.
package struct FaceDeletion: Sendable, Equatable {
    package var deleted: [FaceID] = []
    package var unknown: [FaceID] = []
    /// They belong to a person, from whom they are to be disassociated first.
    package var owned: [Owned] = []

    package struct Owned: Sendable, Equatable {
        package var face: FaceID
        package var user: FaceUserID

        package init(face: FaceID, user: FaceUserID) {
            self.face = face
            self.user = user
        }
    }

    package init() {}
}

/// What became of faces that were to be associated to a person or disassociated from it.
package struct FaceAssociation: Sendable, Equatable {
    package var done: [FaceID] = []
    package var refused: [Refused] = []
    /// Whether the person has faces now.
    package var userHasFaces = false

    package enum Reason: String, Sendable {
        case faceNotFound = "FACE_NOT_FOUND"
        case differentUser = "ASSOCIATED_TO_A_DIFFERENT_USER"
        case lowMatchConfidence = "LOW_MATCH_CONFIDENCE"
    }

    package struct Refused: Sendable, Equatable {
        package var face: FaceID
        package var reason: Reason
        /// To whom it belongs, or to whom it is not like enough.
        package var user: FaceUserID?
        /// Percent.
        package var similarity: Double?

        package init(face: FaceID, reason: Reason, user: FaceUserID? = nil, similarity: Double? = nil) {
            self.face = face
            self.reason = reason
            self.user = user
            self.similarity = similarity
        }
    }

    package init() {}
}

/// Why something asked of a collection was not done; the texts are for people.
package enum FaceCollectionError: Error, Sendable, Equatable, CustomStringConvertible {
    case notFound(String)
    case alreadyExists(String)
    case conflict(String)
    case invalidParameter(String)
    /// As many collections, faces or users as there may be.
    case quotaExceeded(String)
    /// Disk full, store broken: the caller may retry.
    case internalFailure(String)

    package var description: String {
        switch self {
        case .notFound(let text), .alreadyExists(let text), .conflict(let text), .invalidParameter(let text),
            .quotaExceeded(let text), .internalFailure(let text):
            text
        }
    }
}

/// Where `Faces` keeps collections. Filled by `Store`. What a call has returned from survives a power cut; what it deleted is
/// no longer in the files.
package protocol FaceArchive: Sendable {
    func collections() async throws -> [ArchivedCollection]
    /// In the order of their ids, those behind `after`.
    func faces(of id: CollectionID, after: FaceID?, limit: Int) async throws -> [StoredFace]
    /// Nil for a face without one, and for one that is not there.
    func picture(ofFace face: FaceID, in id: CollectionID) async throws -> [UInt8]?
    /// A new collection, or a change of its tags or its model.
    func save(_ collection: FaceCollection) async throws
    func delete(_ id: CollectionID) async throws
    /// All of them or none, with the model that the collection has from now on.
    func add(_ faces: [StoredFace], users: [FaceUserID], to id: CollectionID, model: FaceModel) async throws
    /// - Parameter users: go with them.
    func deleteFaces(_ ids: [FaceID], users: [FaceUserID], from id: CollectionID) async throws
    /// Faces that were added before a time; those of which the time is not known are as old as this question.
    func faces(addedBefore time: WallTime) async throws -> [CollectionID: [FaceID]]
    func addUser(_ user: FaceUserID, to id: CollectionID) async throws
    /// Its faces belong to nobody then.
    func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws
    func assign(_ faces: [FaceID], to user: FaceUserID?, in id: CollectionID) async throws
}

/// A collection as it was kept, without its faces.
package struct ArchivedCollection: Sendable, Equatable {
    package var collection: FaceCollection
    package var users: [FaceUserID]

    package init(collection: FaceCollection, users: [FaceUserID]) {
        self.collection = collection
        self.users = users
    }
}
