import Base
import Faces
import RekognitionTestSupport
import Synchronization
import Testing

@Suite("Collections of faces")
struct CollectionTests {
    private let archive = MemoryArchive()

    private func opened(_ limits: CollectionRegistry.Limits = .init()) async throws -> CollectionRegistry {
        try await CollectionRegistry.opening(archive, limits: limits, logger: silent)
    }

    @Test("a person who was indexed is found again in another picture, after a restart too, and a stranger is not")
    func found() async throws {
        var people = People()
        let (anna, id) = (try people.person(), try collectionID())
        let registry = try await opened()
        _ = try await registry.create(id, tags: [:])
        let name = try #require(ExternalImageID("anna"))
        let outcome = try await registry.index(
            FaceIndexing(faces: [face(anna)], externalImageID: name), into: id, from: model())
        #expect(outcome.indexed.count == 1 && outcome.refused.isEmpty)
        for registry in [registry, try await opened()] {
            let again = try people.picture(of: anna, cosine: 0.7)
            let matches = registry.matches(of: again, from: try model(), in: id, atLeast: 80, limit: 5)
            #expect(matches.map(\.face) == outcome.indexed.map(\.face))
            #expect(matches.first?.face.personName == "anna" && matches[0].similarity > 99)
            #expect(registry.matches(of: try people.person(), from: try model(), in: id, atLeast: 80, limit: 5).isEmpty)
        }
    }

    @Test("a collection that exists is not made twice, and one that does not says so in AWS's words")
    func existence() async throws {
        let (registry, id) = (try await opened(), try collectionID())
        _ = try await registry.create(id, tags: ["place": "porch"])
        await #expect(throws: FaceCollectionError.alreadyExists("The collection id: family already exists")) {
            _ = try await registry.create(id, tags: [:])
        }
        #expect(try registry.describe(id).tags == ["place": "porch"] && registry.hasCollection(id))
        try await registry.delete(id)
        #expect(throws: FaceCollectionError.notFound("The collection id: family does not exist")) {
            _ = try registry.describe(id)
        }
        #expect(!registry.hasCollection(id) && archive.kept.withLock(\.isEmpty))
    }

    @Test("vectors of another model are refused and nothing is kept; an empty collection takes any model")
    func models() async throws {
        var people = People()
        let (registry, id, anna) = (try await opened(), try collectionID(), try people.person())
        _ = try await registry.create(id, tags: [:])
        let first = try await registry.index(FaceIndexing(faces: [face(anna)]), into: id, from: model("old"))
        await #expect(throws: FaceCollectionError.self) {
            _ = try await registry.index(FaceIndexing(faces: [face(anna)]), into: id, from: model("new"))
        }
        #expect(registry.matches(of: anna, from: try model("new"), in: id, atLeast: 0, limit: 9).isEmpty)
        #expect(throws: FaceCollectionError.self) {
            _ = try registry.search(anna, from: model("new"), in: id, atLeast: 0, limit: 9)
        }
        #expect(try registry.describe(id).faceCount == 1)
        _ = try await registry.deleteFaces(first.indexed.map(\.face.id), from: id)
        _ = try await registry.index(FaceIndexing(faces: [face(anna)]), into: id, from: model("new"))
        #expect(try registry.describe(id).model?.identity == "new")
    }

    @Test("what the disk does not take is not in memory either")
    func fullDisk() async throws {
        var people = People()
        let (registry, id, anna) = (try await opened(), try collectionID(), try people.person())
        _ = try await registry.create(id, tags: [:])
        archive.isFull.withLock { $0 = true }
        await #expect(throws: FaceCollectionError.self) {
            _ = try await registry.index(FaceIndexing(faces: [face(anna), face(anna)]), into: id, from: model())
        }
        await #expect(throws: FaceCollectionError.self) { try await registry.delete(id) }
        #expect(try registry.describe(id).faceCount == 0)
    }

    @Test("there are no more collections and faces than may be, and those that were too many are not kept by halves")
    func limits() async throws {
        var (people, limits) = (People(), CollectionRegistry.Limits())
        (limits.collections, limits.faces) = (1, 3)
        let (registry, id) = (try await opened(limits), try collectionID())
        _ = try await registry.create(id, tags: [:])
        await #expect(throws: FaceCollectionError.self) {
            _ = try await registry.create(collectionID("other"), tags: [:])
        }
        let two = [try face(people.person()), try face(people.person())]
        _ = try await registry.index(FaceIndexing(faces: two), into: id, from: model())
        await #expect(throws: FaceCollectionError.self) {
            _ = try await registry.index(FaceIndexing(faces: two), into: id, from: model())
        }
        #expect(try registry.describe(id).faceCount == 2)
    }

    @Test("pages of faces hold when faces go between two of them")
    func pages() async throws {
        var people = People()
        let (registry, id) = (try await opened(), try collectionID())
        _ = try await registry.create(id, tags: [:])
        let faces = try (0..<5).map { _ in try face(people.person()) }
        let all = try await registry.index(FaceIndexing(faces: faces), into: id, from: model()).indexed
            .map(\.face.id).sorted()
        let first = try registry.faces(in: id, of: nil, among: nil, after: nil, limit: 2)
        #expect(first.faces.map(\.id) == Array(all[0..<2]) && first.hasMore)
        _ = try await registry.deleteFaces([all[1], all[2]], from: id)
        let rest = try registry.faces(in: id, of: nil, among: nil, after: all[1], limit: 9)
        #expect(rest.faces.map(\.id) == Array(all[3...]) && !rest.hasMore)
        let some = try registry.faces(in: id, of: nil, among: [all[0], .random()], after: nil, limit: 9)
        #expect(some.faces.map(\.id) == [all[0]])
    }

    @Test("a face is not in the answer to a search for itself")
    func itself() async throws {
        var people = People()
        let (registry, id, anna) = (try await opened(), try collectionID(), try people.person())
        _ = try await registry.create(id, tags: [:])
        let pictures = try [0.9, 0.8, 0.6].map { try face(people.picture(of: anna, cosine: $0)) }
        let ids = try await registry.index(FaceIndexing(faces: pictures), into: id, from: model()).indexed.map(
            \.face.id)
        let matches = try registry.matches(ofFace: ids[0], in: id, atLeast: 0, limit: 9)
        #expect(matches.map(\.face.id) == [ids[1], ids[2]])
        #expect(throws: FaceCollectionError.self) {
            _ = try registry.matches(ofFace: .random(), in: id, atLeast: 0, limit: 9)
        }
    }

    @Test("a copy of a collection is taken in elsewhere with its users, and twice does no harm")
    func copies() async throws {
        var people = People()
        let (registry, id, other) = (try await opened(), try collectionID(), try collectionID("copy"))
        let anna = try userID("anna")
        _ = try await registry.create(id, tags: [:])
        _ = try await registry.create(other, tags: [:])
        try await registry.createUser(anna, in: id)
        let face = try await registry.index(FaceIndexing(faces: [face(people.person())]), into: id, from: model())
            .indexed[0].face.id
        _ = try await registry.associate([face], to: anna, in: id, atLeast: 75)
        let copy = try await registry.storedFaces(in: id, after: nil, limit: 100)
        #expect(try await registry.restore(copy, into: other, from: model()) == 1)
        #expect(try await registry.restore(copy, into: other, from: model()) == 0)
        #expect(try registry.users(in: other, after: nil, limit: 9).users == [FaceUser(id: anna, faceCount: 1)])
    }

    @Test("a file that was begun anew gets everything that memory holds")
    func keptAgain() async throws {
        var people = People()
        let (registry, id, anna) = (try await opened(), try collectionID(), try people.person())
        _ = try await registry.create(id, tags: ["a": "b"])
        try await registry.createUser(userID("nobody"), in: id)
        let face = try await registry.index(FaceIndexing(faces: [face(anna)]), into: id, from: model()).indexed[0].face
        archive.kept.withLock { $0 = [:] }
        await registry.keepAgain()
        let again = try await opened()
        #expect(try again.describe(id) == registry.describe(id))
        #expect(again.matches(of: anna, from: try model(), in: id, atLeast: 99, limit: 1).first?.face == face)
    }
}
