package import Base

extension CollectionRegistry {
    /// Deletes faces that were added before a time, whoever they belong to, and users who had no others.
    /// - Returns: how many faces went.
    package func deleteFaces(addedBefore time: WallTime) async throws(FaceCollectionError) -> Int {
        let old = try await kept { try await $0.faces(addedBefore: time) }
        var count = 0
        for (id, faces) in old where hasCollection(id) {
            try await change(id) { contents, archive in
                let known = contents.faces.indices(of: Set(faces))
                let owners = Set(known.values.compactMap { contents.faces.user(at: $0) })
                let left = contents.faces.without(Set(faces))
                let users = owners.filter { left.indices(of: $0).isEmpty }.sorted()
                try await archive.deleteFaces(faces, users: users, from: id)
                contents.faces = left
                for user in users { contents.remove(user: user) }
                count += faces.count
            }
        }
        return count
    }
}
