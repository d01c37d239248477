import Base
import Faces
import RekognitionTestSupport
import Synchronization
import Testing

/// Who wants references gone after some days gets exactly that.
@Suite struct AgeTests {
    private let archive = MemoryArchive()
    private let time = WallTime(milliseconds: 0)

    private func filled() async throws -> (CollectionRegistry, [FaceID]) {
        let registry = CollectionRegistry(archive, logger: silent)
        let id = try collectionID()
        _ = try await registry.create(id, tags: [:])
        var people = People(), faces: [FaceID] = []
        let person = try people.person()
        for _ in 0..<4 {
            let picture = FaceIndexing(faces: [try face(try people.picture(of: person, cosine: 0.9))])
            faces += try await registry.index(picture, into: id, from: try model()).indexed.map(\.face.id)
        }
        for (user, owned) in [("anna", faces[0..<2]), ("ben", faces[2..<3])] {
            try await registry.createUser(try userID(user), in: id)
            _ = try await registry.associate(Array(owned), to: try userID(user), in: id, atLeast: 0)
        }
        return (registry, faces)
    }

    @Test("old faces go from memory and archive, also those of users, and users with no other faces go with them")
    func old() async throws {
        let (registry, faces) = try await filled()
        archive.age([faces[0], faces[2]])
        #expect(try await registry.deleteFaces(addedBefore: time) == 2)
        let id = try collectionID()
        let left = try registry.faces(in: id, of: nil, among: nil, after: nil, limit: 9).faces
        #expect(Set(left.map(\.id)) == [faces[1], faces[3]])
        #expect(try registry.users(in: id, after: nil, limit: 9).users.map(\.id.text) == ["anna"])
        #expect(try await archive.faces(of: id, after: nil, limit: 9).count == 2)
        let reopened = try await CollectionRegistry.opening(archive, logger: silent)
        #expect(try reopened.users(in: id, after: nil, limit: 9).users.map(\.id.text) == ["anna"])
        #expect(try await registry.deleteFaces(addedBefore: time) == 0)
    }

    @Test("what the archive cannot delete stays in memory, to be deleted the next time")
    func refused() async throws {
        let (registry, faces) = try await filled()
        archive.age(faces)
        archive.isFull.withLock { $0 = true }
        await #expect(throws: FaceCollectionError.self) { try await registry.deleteFaces(addedBefore: time) }
        #expect(try registry.describe(try collectionID()).faceCount == 4)
        archive.isFull.withLock { $0 = false }
        #expect(try await registry.deleteFaces(addedBefore: time) == 4)
        #expect(try registry.describe(try collectionID()).faceCount == 0)
    }
}
