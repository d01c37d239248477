import Base
import Faces
import RekognitionTestSupport
import Testing

@Suite("Users of a collection")
struct UserTests {
    private let archive = MemoryArchive()

    /// Two pictures of Anna and one of Bob.
    private func prepared() async throws -> (CollectionRegistry, CollectionID, anna: [FaceID], bob: FaceID, FaceVector)
    {
        var people = People()
        let registry = try await CollectionRegistry.opening(archive, logger: silent)
        let (id, anna) = (try collectionID(), try people.person())
        _ = try await registry.create(id, tags: [:])
        let faces = [
            try face(anna), try face(people.picture(of: anna, cosine: 0.8)), try face(people.person()),
        ]
        let ids = try await registry.index(FaceIndexing(faces: faces), into: id, from: model()).indexed.map(\.face.id)
        try await registry.createUser(userID("anna"), in: id)
        return (registry, id, Array(ids[0..<2]), ids[2], anna)
    }

    @Test("a person is found by the best of her faces, and faces that are not hers are not taken")
    func associated() async throws {
        let (registry, id, anna, bob, vector) = try await prepared()
        let user = try userID("anna"), unknown = FaceID.random()
        let outcome = try await registry.associate(anna + [bob, unknown], to: user, in: id, atLeast: 75)
        #expect(outcome.done == anna && outcome.userHasFaces)
        #expect(outcome.refused.map(\.reason) == [.lowMatchConfidence, .faceNotFound])
        let matches = try registry.userMatches(of: .vector(vector, model()), in: id, atLeast: 80, limit: 5)
        #expect(matches.map(\.user) == [user] && matches[0].similarity > 99.9)
        #expect(try registry.userMatches(of: .user(user), in: id, atLeast: 0, limit: 5).isEmpty, "not herself")
        #expect(try registry.userMatches(of: .face(bob), in: id, atLeast: 80, limit: 5).isEmpty)
    }

    @Test("a face of one person is neither another's nor deleted by mistake")
    func owned() async throws {
        let (registry, id, anna, bob, _) = try await prepared()
        let (user, other) = (try userID("anna"), try userID("bob"))
        try await registry.createUser(other, in: id)
        _ = try await registry.associate(anna, to: user, in: id, atLeast: 75)
        let stolen = try await registry.associate([anna[0]], to: other, in: id, atLeast: 0)
        #expect(stolen.refused == [.init(face: anna[0], reason: .differentUser, user: user)] && !stolen.userHasFaces)
        let deletion = try await registry.deleteFaces([anna[0], bob, .random()], from: id)
        #expect(deletion.owned == [.init(face: anna[0], user: user)] && deletion.deleted == [bob])
        #expect(deletion.unknown.count == 1)
        let freed = try await registry.disassociate([anna[0], bob], from: user, in: id)
        #expect(freed.done == [anna[0]] && freed.refused.map(\.reason) == [.faceNotFound] && freed.userHasFaces)
        #expect(try await registry.deleteFaces([anna[0]], from: id).deleted == [anna[0]])
    }

    @Test("a user who is deleted leaves the faces, and nobody owns them")
    func deleted() async throws {
        let (registry, id, anna, _, _) = try await prepared()
        let user = try userID("anna")
        _ = try await registry.associate(anna, to: user, in: id, atLeast: 75)
        try await registry.deleteUser(user, from: id)
        #expect(try registry.users(in: id, after: nil, limit: 9).users.isEmpty)
        #expect(
            try registry.faces(in: id, of: nil, among: nil, after: nil, limit: 9).faces.allSatisfy { $0.userID == nil })
        await #expect(throws: FaceCollectionError.self) { try await registry.deleteUser(user, from: id) }
    }

    @Test("a user's name is taken only once")
    func twice() async throws {
        let (registry, id, _, _, _) = try await prepared()
        await #expect(throws: FaceCollectionError.conflict("The user id: anna already exists in collection family")) {
            try await registry.createUser(userID("anna"), in: id)
        }
    }
}
