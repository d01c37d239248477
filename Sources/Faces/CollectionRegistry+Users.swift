package import Base

extension CollectionRegistry {
    package func createUser(_ user: FaceUserID, in id: CollectionID) async throws(FaceCollectionError) {
        try await change(id) { contents, archive in
            guard !contents.hasUser(user) else {
                throw FaceCollectionError.conflict("The user id: \(user) already exists in collection \(id)")
            }
            try self.checkUsers(contents, more: 1)
            try await archive.addUser(user, to: id)
            contents.add(user: user)
        }
    }

    package func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws(FaceCollectionError) {
        try await change(id) { contents, archive in
            guard contents.hasUser(user) else { throw FaceCollectionError.noUser(user, in: id) }
            try await archive.deleteUser(user, from: id)
            contents.remove(user: user)
        }
    }

    package func users(
        in id: CollectionID, after: FaceUserID?, limit: Int
    ) throws(FaceCollectionError) -> (users: [FaceUser], hasMore: Bool) {
        let contents = try contents(of: id)
        let counts = contents.faces.countsByUser
        let wanted = contents.users.drop { user in after.map { user <= $0 } ?? false }
        let page = wanted.prefix(max(0, limit))
        return (page.map { FaceUser(id: $0, faceCount: counts[$0] ?? 0) }, page.count < wanted.count)
    }

    package func associate(
        _ faces: [FaceID], to user: FaceUserID, in id: CollectionID, atLeast similarity: Double
    ) async throws(FaceCollectionError) -> FaceAssociation {
        try await change(id) { contents, archive in
            guard contents.hasUser(user) else { throw FaceCollectionError.noUser(user, in: id) }
            let places = contents.faces.indices(of: Set(faces))
            var own = contents.faces.indices(of: user)
            var (outcome, new, seen) = (FaceAssociation(), [Int](), Set<FaceID>())
            for face in faces where seen.insert(face).inserted {
                guard let index = places[face] else {
                    outcome.refused.append(.init(face: face, reason: .faceNotFound))
                    continue
                }
                if let owner = contents.faces.user(at: index), owner != user {
                    outcome.refused.append(.init(face: face, reason: .differentUser, user: owner))
                    continue
                }
                // The first face says who the person is.
                if !own.contains(index) {
                    if let found = contents.similarity(of: index, to: own), found < similarity {
                        outcome.refused.append(
                            .init(face: face, reason: .lowMatchConfidence, user: user, similarity: found))
                        continue
                    }
                    own.append(index)
                    new.append(index)
                }
                outcome.done.append(face)
            }
            guard own.count <= self.mostFacesOfUser else {
                throw FaceCollectionError.quotaExceeded(
                    "A user has at most \(self.mostFacesOfUser) faces, and \(user) would have \(own.count).")
            }
            if !new.isEmpty { try await archive.assign(new.map { contents.faces.rows[$0].id }, to: user, in: id) }
            contents.faces.assign(new, to: user)
            outcome.userHasFaces = !own.isEmpty
            return outcome
        }
    }

    package func disassociate(
        _ faces: [FaceID], from user: FaceUserID, in id: CollectionID
    ) async throws(FaceCollectionError) -> FaceAssociation {
        try await change(id) { contents, archive in
            guard contents.hasUser(user) else { throw FaceCollectionError.noUser(user, in: id) }
            let places = contents.faces.indices(of: Set(faces))
            var (outcome, gone, seen) = (FaceAssociation(), [Int](), Set<FaceID>())
            for face in faces where seen.insert(face).inserted {
                let index = places[face], owner = index.flatMap { contents.faces.user(at: $0) }
                if let index, owner == user {
                    gone.append(index)
                    outcome.done.append(face)
                } else {
                    let reason: FaceAssociation.Reason = owner == nil ? .faceNotFound : .differentUser
                    outcome.refused.append(.init(face: face, reason: reason, user: owner))
                }
            }
            if !outcome.done.isEmpty { try await archive.assign(outcome.done, to: nil, in: id) }
            contents.faces.assign(gone, to: nil)
            outcome.userHasFaces = !contents.faces.indices(of: user).isEmpty
            return outcome
        }
    }
}
