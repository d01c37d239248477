import Base

/// A collection in memory. A value: who searches has one of its own, whatever is changed meanwhile.
struct CollectionContents: Sendable {
    let id: CollectionID
    let createdAt: WallTime
    var tags: [String: String]
    /// Of the vectors; of no meaning while there is no face.
    var model: FaceModel?
    /// With faces or without, sorted.
    private(set) var users: [FaceUserID]
    var faces: FaceTable

    init(_ archived: ArchivedCollection) {
        id = archived.collection.id
        createdAt = archived.collection.createdAt
        tags = archived.collection.tags
        model = archived.collection.model
        users = archived.users.sorted()
        faces = FaceTable(dimension: archived.collection.model?.dimension ?? 1)
    }

    var facts: FaceCollection {
        FaceCollection(
            id: id, createdAt: createdAt, tags: tags, model: faces.count > 0 ? model : nil, faceCount: faces.count,
            userCount: users.count)
    }

    /// All faces with their vectors as memory keeps them.
    var storedFaces: [StoredFace] {
        faces.rows.indices.compactMap { index in
            guard let face = faces.face(at: index), let vector = FaceVector(faces.numbers(at: index)) else {
                return nil
            }
            return StoredFace(face: face, vector: vector)
        }
    }

    /// Where `user` is, or belongs.
    private func place(of user: FaceUserID) -> (index: Int, isThere: Bool) {
        let index = users.firstIndex { $0 >= user } ?? users.endIndex
        return (index, users.indices.contains(index) && users[index] == user)
    }

    func hasUser(_ user: FaceUserID) -> Bool { place(of: user).isThere }

    mutating func add(user: FaceUserID) {
        let (index, isThere) = place(of: user)
        if !isThere { users.insert(user, at: index) }
    }

    mutating func remove(user: FaceUserID) {
        let (index, isThere) = place(of: user)
        if isThere { users.remove(at: index) }
        faces = faces.without([], user: user)
    }

    mutating func add(_ new: [StoredFace], _ newUsers: [FaceUserID], _ model: FaceModel) {
        if faces.count == 0 { faces = FaceTable(dimension: model.dimension) }
        self.model = model
        for user in newUsers { add(user: user) }
        for face in new { faces.append(face.face, face.vector) }
    }

    /// Why vectors of this model cannot be compared with those here.
    func refusal(of model: FaceModel) -> FaceCollectionError? {
        guard faces.count > 0, let own = self.model, own.identity != model.identity || own.dimension != model.dimension
        else { return nil }
        return .invalidParameter(
            "The faces of collection \(id) were indexed with the face model '\(own.identity)', and this program has "
                + "'\(model.identity)': vectors of different models cannot be compared. Index the pictures again into a new "
                + "collection, or use the model of before.")
    }

    // MARK: - Search

    /// Faces that are like the query, the most similar first.
    /// - Parameter leavingOut: a face that is not asked for.
    func matches(
        of query: [Float], atLeast similarity: Double, limit: Int, leavingOut left: FaceID? = nil
    ) -> [FaceMatch] {
        guard let curve = model?.similarity, limit > 0 else { return [] }
        let least = curve.cosine(ofSimilarity: similarity)
        return faces.cosines(with: query).enumerated()
            .filter { Double($0.element) >= least }
            .sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
            .lazy.compactMap { index, cosine -> FaceMatch? in
                guard let face = faces.face(at: index), face.id != left else { return nil }
                return FaceMatch(face: face, similarity: curve.similarity(ofCosine: Double(cosine)))
            }
            .first(limit)
    }

    /// Users whose best face is like the best of the queries, the most similar first.
    func userMatches(
        of queries: [[Float]], atLeast similarity: Double, limit: Int, leavingOut left: FaceUserID? = nil
    ) -> [FaceUserMatch] {
        guard let curve = model?.similarity, limit > 0 else { return [] }
        var best: [FaceUserID: Float] = [:]
        for query in queries {
            for (index, cosine) in faces.cosines(with: query).enumerated() {
                guard let user = faces.user(at: index), user != left else { continue }
                best[user] = max(best[user] ?? -1, cosine)
            }
        }
        let least = curve.cosine(ofSimilarity: similarity)
        return best.filter { Double($0.value) >= least }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
            .map { FaceUserMatch(user: $0.key, similarity: curve.similarity(ofCosine: Double($0.value))) }
    }

    /// How much a face is like the best of some faces, in percent; nil without any.
    func similarity(of index: Int, to others: [Int]) -> Double? {
        guard let curve = model?.similarity else { return nil }
        let cosines = faces.cosines(with: faces.numbers(at: index))
        let best = others.filter { $0 != index && cosines.indices.contains($0) }.map { cosines[$0] }.max()
        return best.map { curve.similarity(ofCosine: Double($0)) }
    }
}

extension Sequence {
    /// The first of them, without looking at the rest.
    fileprivate func first(_ count: Int) -> [Element] {
        var iterator = makeIterator(), found: [Element] = []
        while found.count < count, let next = iterator.next() { found.append(next) }
        return found
    }
}
