package import Base
package import Synchronization

/// A disk in memory; what it has said yes to is there.
package final class MemoryArchive: FaceArchive {
    package struct Full: Error {}
    package struct Kept {
        var collection: FaceCollection
        var users: Set<FaceUserID> = []
        var faces: [FaceID: StoredFace] = [:]
    }

    package let kept = Mutex<[CollectionID: Kept]>([:])
    package let isFull = Mutex(false)
    private let aged = Mutex<Set<FaceID>>([])

    package init() {}

    private func write(_ work: (inout [CollectionID: Kept]) -> Void) throws {
        if isFull.withLock({ $0 }) { throw Full() }
        kept.withLock { work(&$0) }
    }

    package func collections() async throws -> [ArchivedCollection] {
        kept.withLock { all in
            all.values.map { kept in
                var collection = kept.collection
                collection.faceCount = kept.faces.count
                return ArchivedCollection(collection: collection, users: Array(kept.users))
            }
        }
    }

    package func faces(of id: CollectionID, after: FaceID?, limit: Int) async throws -> [StoredFace] {
        kept.withLock { all in
            let faces = all[id]?.faces.values.sorted { $0.face.id < $1.face.id } ?? []
            return Array(faces.drop { face in after.map { face.face.id <= $0 } ?? false }.prefix(limit))
        }
    }

    package func picture(ofFace face: FaceID, in id: CollectionID) async throws -> [UInt8]? {
        kept.withLock { $0[id]?.faces[face]?.thumbnail }
    }

    package func save(_ collection: FaceCollection) async throws {
        try write { $0[collection.id, default: Kept(collection: collection)].collection = collection }
    }

    package func delete(_ id: CollectionID) async throws { try write { $0[id] = nil } }

    package func add(_ faces: [StoredFace], users: [FaceUserID], to id: CollectionID, model: FaceModel) async throws {
        try write { all in
            all[id]?.collection.model = model
            all[id]?.users.formUnion(users)
            for face in faces { all[id]?.faces[face.face.id] = face }
        }
    }

    package func deleteFaces(_ ids: [FaceID], users: [FaceUserID], from id: CollectionID) async throws {
        try write { all in
            for face in ids { all[id]?.faces[face] = nil }
            all[id]?.users.subtract(users)
        }
    }

    /// As if all faces that were given to `age` had been added before any time.
    package func faces(addedBefore time: WallTime) async throws -> [CollectionID: [FaceID]] {
        let aged = aged.withLock { $0 }
        return kept.withLock { all in
            all.mapValues { $0.faces.keys.filter(aged.contains).sorted() }.filter { !$0.value.isEmpty }
        }
    }

    package func age(_ faces: [FaceID]) { aged.withLock { $0.formUnion(faces) } }

    package func addUser(_ user: FaceUserID, to id: CollectionID) async throws {
        try write { _ = $0[id]?.users.insert(user) }
    }

    package func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws {
        try write { all in
            all[id]?.users.remove(user)
            for (face, stored) in all[id]?.faces ?? [:] where stored.face.userID == user {
                all[id]?.faces[face]?.face.userID = nil
            }
        }
    }

    package func assign(_ faces: [FaceID], to user: FaceUserID?, in id: CollectionID) async throws {
        try write { all in for face in faces { all[id]?.faces[face]?.face.userID = user } }
    }
}
