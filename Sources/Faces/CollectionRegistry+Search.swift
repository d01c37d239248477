package import Base
import Synchronization

extension CollectionRegistry {
    package func hasCollection(_ id: CollectionID) -> Bool { state.withLock { $0[id] != nil } }

    package func matches(
        of vector: FaceVector, from model: FaceModel, in collection: CollectionID, atLeast similarity: Double,
        limit: Int
    ) -> [FaceMatch] {
        (try? search(vector, from: model, in: collection, atLeast: similarity, limit: limit)) ?? []
    }

    package func search(
        _ vector: FaceVector, from model: FaceModel, in id: CollectionID, atLeast similarity: Double, limit: Int
    ) throws(FaceCollectionError) -> [FaceMatch] {
        let contents = try contents(of: id)
        if let refusal = contents.refusal(of: model) { throw refusal }
        return contents.matches(of: vector.values, atLeast: similarity, limit: limit)
    }

    package func matches(
        ofFace face: FaceID, in id: CollectionID, atLeast similarity: Double, limit: Int
    ) throws(FaceCollectionError) -> [FaceMatch] {
        let contents = try contents(of: id)
        let index = try contents.index(of: face)
        return contents.matches(
            of: contents.faces.numbers(at: index), atLeast: similarity, limit: limit, leavingOut: face)
    }

    package func userMatches(
        of probe: FaceUserProbe, in id: CollectionID, atLeast similarity: Double, limit: Int
    ) throws(FaceCollectionError) -> [FaceUserMatch] {
        let contents = try contents(of: id)
        let queries: [[Float]]
        var own: FaceUserID?
        switch probe {
        case .face(let face): queries = [contents.faces.numbers(at: try contents.index(of: face))]
        case .user(let user):
            guard contents.hasUser(user) else { throw .noUser(user, in: id) }
            queries = contents.faces.indices(of: user).map { contents.faces.numbers(at: $0) }
            own = user
        case .vector(let vector, let model):
            if let refusal = contents.refusal(of: model) { throw refusal }
            queries = [vector.values]
        }
        return contents.userMatches(of: queries, atLeast: similarity, limit: limit, leavingOut: own)
    }
}

extension CollectionContents {
    /// - Throws: `invalidParameter`, as AWS does.
    fileprivate func index(of face: FaceID) throws(FaceCollectionError) -> Int {
        guard let index = faces.index(of: face) else {
            throw .invalidParameter("faceId was not found in the collection: \(face) is no face of \(id)")
        }
        return index
    }
}

extension FaceCollectionError {
    static func noUser(_ user: FaceUserID, in id: CollectionID) -> FaceCollectionError {
        .notFound("The user id: \(user) does not exist in collection \(id)")
    }
}
