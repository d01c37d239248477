package import Base

extension CollectionRegistry {
    package func index(
        _ picture: FaceIndexing, into id: CollectionID, from model: FaceModel
    ) async throws(FaceCollectionError) -> FaceIndexing.Outcome {
        let sorted = FaceSelection(picture)
        return try await change(id) { contents, archive in
            if let refusal = contents.refusal(of: model) { throw refusal }
            guard sorted.taken.allSatisfy({ $0.vector.values.count == model.dimension }) else {
                throw FaceCollectionError.internalFailure(
                    "The face model '\(model.identity)' gave vectors of a length that is not its own.")
            }
            try self.checkRoom(for: sorted.taken.count)
            let imageID = FaceID.random()
            var outcome = FaceIndexing.Outcome(refused: sorted.refused)
            var stored: [StoredFace] = []
            for (face, vector) in sorted.taken {
                let indexed = IndexedFace(
                    id: .random(), imageID: imageID, externalImageID: picture.externalImageID, box: face.box,
                    confidence: face.confidence
                ).asKept
                outcome.indexed.append((face: indexed, seen: face))
                stored.append(StoredFace(face: indexed, vector: vector, thumbnail: face.thumbnail))
            }
            guard !stored.isEmpty else { return outcome }
            try await archive.add(stored, users: [], to: id, model: model)
            contents.add(stored, [], model)
            return outcome
        }
    }

    package func faces(
        in id: CollectionID, of user: FaceUserID?, among ids: Set<FaceID>?, after: FaceID?, limit: Int
    ) throws(FaceCollectionError) -> (faces: [IndexedFace], hasMore: Bool) {
        let faces = try contents(of: id).faces
        let wanted = faces.rows.indices.filter { index in
            let face = faces.rows[index].id
            return after.map { $0 < face } ?? true && ids?.contains(face) ?? true
                && (user == nil || faces.user(at: index) == user)
        }.sorted { faces.rows[$0].id < faces.rows[$1].id }
        let page = wanted.prefix(max(0, limit))
        return (page.compactMap { faces.face(at: $0) }, page.count < wanted.count)
    }

    package func deleteFaces(
        _ ids: [FaceID], from id: CollectionID
    ) async throws(FaceCollectionError) -> FaceDeletion {
        try await change(id) { contents, archive in
            let places = contents.faces.indices(of: Set(ids))
            var (deletion, seen) = (FaceDeletion(), Set<FaceID>())
            for face in ids where seen.insert(face).inserted {
                guard let index = places[face] else {
                    deletion.unknown.append(face)
                    continue
                }
                if let user = contents.faces.user(at: index) {
                    deletion.owned.append(.init(face: face, user: user))
                } else {
                    deletion.deleted.append(face)
                }
            }
            guard !deletion.deleted.isEmpty else { return deletion }
            try await archive.deleteFaces(deletion.deleted, users: [], from: id)
            contents.faces = contents.faces.without(Set(deletion.deleted))
            return deletion
        }
    }

    package func restore(
        _ faces: [StoredFace], into id: CollectionID, from model: FaceModel
    ) async throws(FaceCollectionError) -> Int {
        try await change(id) { contents, archive in
            if let refusal = contents.refusal(of: model) { throw refusal }
            guard faces.allSatisfy({ $0.vector.values.count == model.dimension }) else {
                throw FaceCollectionError.invalidParameter(
                    "A face's vector has not the \(model.dimension) numbers of the face model '\(model.identity)'.")
            }
            var known = Set(contents.faces.indices(of: Set(faces.map(\.face.id))).keys)
            let new = faces.filter { known.insert($0.face.id).inserted }.map { stored in
                StoredFace(face: stored.face.asKept, vector: stored.vector, thumbnail: stored.thumbnail)
            }
            let users = Set(new.compactMap(\.face.userID)).filter { !contents.hasUser($0) }.sorted()
            try self.checkRoom(for: new.count)
            try self.checkUsers(contents, more: users.count)
            guard !new.isEmpty else { return 0 }
            try await archive.add(new, users: users, to: id, model: model)
            contents.add(new, users, model)
            return new.count
        }
    }
}

extension IndexedFace {
    /// Its box and confidence as memory keeps them, so that a face is told alike at once and after years.
    fileprivate var asKept: IndexedFace {
        FaceRow(self, externalImageID: 0, user: 0).face(externalImageID: externalImageID, userID: userID)
    }
}

/// Which faces of a picture a collection takes.
struct FaceSelection: Sendable {
    /// The largest first.
    private(set) var taken: [(face: Face, vector: FaceVector)] = []
    private(set) var refused: [(seen: Face, reasons: [FaceRefusal])] = []

    /// As AWS does: those of low quality are left out first, then the smallest, until there are no more than asked for.
    init(_ picture: FaceIndexing) {
        for face in picture.faces.prefix(Face.mostInPicture) {
            var reasons = picture.filter.reasons(against: face, as: .reference)
            if reasons.isEmpty && taken.count >= picture.mostFaces { reasons = [.exceedsMaxFaces] }
            if reasons.isEmpty, let vector = face.vector {
                taken.append((face, vector))
            } else {
                refused.append((face, reasons))
            }
        }
    }
}
