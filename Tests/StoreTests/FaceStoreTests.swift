import Base
import Foundation
import Store
import Testing

@Suite("Faces on disk")
struct FaceStoreTests {
    private let folder: TemporaryFolder
    private let id = CollectionID("family")
    private let name = "anna-who-lives-here"

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path + "/faces.sqlite" }

    private func open(_ folder: TemporaryFolder? = nil, day: Int64? = nil) throws -> FaceStore {
        try FaceStore.opening(
            in: (folder ?? self.folder).path, now: { day.map(Self.time) ?? .now() }, logger: silent)
    }

    /// So many days after the first one that this program takes for right.
    private static func time(_ day: Int64) -> WallTime {
        WallTime(milliseconds: WallTime.earliestPlausible.milliseconds + day * 86_400_000)
    }

    private func model() throws -> FaceModel {
        FaceModel(
            identity: "embedder", dimension: 64, similarity: try #require(SimilarityCurve(slope: 30, middle: 0.4)))
    }

    private func face(_ seed: Int = 0, user: FaceUserID? = nil) throws -> StoredFace {
        let numbers = (0..<64).map { Float(($0 &* 37 &+ seed &* 11) % 101) + 0.25 }
        let face = IndexedFace(
            id: .random(), imageID: .random(), externalImageID: ExternalImageID(name), userID: user,
            box: try #require(NormalizedBox(left: 0.25, top: 0.5, width: 0.125, height: 0.25)), confidence: .half)
        return StoredFace(
            face: face, vector: try #require(FaceVector(numbers)), thumbnail: seed == 0 ? nil : [1, 2, 3])
    }

    /// A collection with some faces.
    private func filled(_ store: FaceStore, _ count: Int = 3) async throws -> (CollectionID, [StoredFace]) {
        let id = try #require(id)
        try await store.save(
            FaceCollection(id: id, createdAt: WallTime(milliseconds: 7), tags: ["place": "porch é"], model: nil))
        let user = try #require(FaceUserID("anna"))
        try await store.addUser(user, to: id)
        let faces = try (0..<count).map { try face($0, user: $0 == 1 ? user : nil) }
        try await store.add(faces, users: [], to: id, model: try model())
        return (id, faces.sorted { $0.face.id < $1.face.id })
    }

    @Test("a box without collections has no file of faces")
    func noFile() async throws {
        let store = try open()
        let id = try #require(id)
        #expect(try await store.collections().isEmpty)
        #expect(try await store.faces(of: id, after: nil, limit: 9).isEmpty)
        try await store.delete(id)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("what was acknowledged is there after a power cut, with every member")
    func powerCut() async throws {
        let (id, faces) = try await filled(open())
        let store = try open(folder.afterPowerCut())
        let collection = try #require(try await store.collections().first)
        #expect(collection.collection.tags == ["place": "porch é"] && collection.collection.faceCount == 3)
        #expect(collection.collection.model == (try model()) && collection.users.map(\.text) == ["anna"])
        let read = try await store.faces(of: id, after: nil, limit: 9)
        #expect(read.map(\.face) == faces.map(\.face) && read.map(\.thumbnail) == faces.map(\.thumbnail))
        for (a, b) in zip(read, faces) { #expect(abs((a.vector.cosine(with: b.vector) ?? 0) - 1) < 1e-6) }
        #expect(try await store.faces(of: id, after: faces[0].face.id, limit: 1).map(\.face) == [faces[1].face])
    }

    @Test("the small picture of a face is there as long as the face, and only where one was kept")
    func pictures() async throws {
        let store = try open()
        let empty = try #require(id)
        #expect(try await store.picture(ofFace: .random(), in: empty) == nil)
        let (id, faces) = try await filled(store)
        for face in faces { #expect(try await store.picture(ofFace: face.face.id, in: id) == face.thumbnail) }
        let shown = try #require(faces.first { $0.thumbnail != nil && $0.face.userID == nil })
        #expect(try await store.picture(ofFace: shown.face.id, in: try #require(CollectionID("other"))) == nil)
        try await store.deleteFaces([shown.face.id], users: [], from: id)
        #expect(try await store.picture(ofFace: shown.face.id, in: id) == nil)
    }

    @Test("strangers cannot read the file")
    func mode() async throws {
        _ = try await filled(open())
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// Whether any file of the folder holds these bytes.
    private func isAnywhere(_ bytes: [UInt8]) throws -> Bool {
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name))
            if data.firstRange(of: Data(bytes)) != nil { return true }
        }
        return false
    }

    /// As the file spells the vector.
    private func bytes(_ face: StoredFace) -> [UInt8] { bytes(face.vector) }

    private func bytes(_ vector: FaceVector) -> [UInt8] {
        vector.values.prefix(8).flatMap { number in
            (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
        }
    }

    @Test("a deleted face is nowhere on the disk: neither its name nor its vector, in the file or in its log")
    func deleted() async throws {
        let store = try open()
        let (id, faces) = try await filled(store)
        #expect(try isAnywhere(Array(name.utf8)) && isAnywhere(bytes(faces[0])))
        try await store.deleteFaces(faces.map(\.face.id), users: [], from: id)
        #expect(try !isAnywhere(Array(name.utf8)))
        for face in faces { #expect(try !isAnywhere(bytes(face)) && !isAnywhere(Array(face.face.id.text.utf8))) }
    }

    @Test("with a collection go its faces, its users and its name")
    func deletedCollection() async throws {
        let store = try open()
        let (id, faces) = try await filled(store, 200)
        try await store.delete(id)
        #expect(try await store.collections().isEmpty)
        for text in [name, "porch é", "family", "anna"] { #expect(try !isAnywhere(Array(text.utf8)), "\(text)") }
        for face in faces { #expect(try !isAnywhere(bytes(face))) }
    }

    @Test("damaged files that were laid aside hold no face any more once one is deleted")
    func damagedFiles() async throws {
        let store = try open()
        let (id, faces) = try await filled(store)
        try Data(name.utf8).write(to: URL(fileURLWithPath: path + ".damaged-1"))
        try await store.deleteFaces(faces.map(\.face.id), users: [], from: id)
        #expect(try !isAnywhere(Array(name.utf8)))
    }

    @Test("faces of one picture are kept all or none")
    func allOrNone() async throws {
        let store = try open()
        let (id, faces) = try await filled(store)
        await #expect(throws: (any Error).self) {
            try await store.add([try face(7), faces[0]], users: [], to: id, model: try model())
        }
        #expect(try await store.faces(of: id, after: nil, limit: 9).count == 3)
    }

    @Test("a user who is deleted leaves faces that are nobody's")
    func users() async throws {
        let store = try open()
        let (id, faces) = try await filled(store)
        let bob = try #require(FaceUserID("bob"))
        try await store.addUser(bob, to: id)
        try await store.assign([faces[0].face.id], to: bob, in: id)
        try await store.deleteUser(bob, from: id)
        try await store.deleteUser(try #require(FaceUserID("anna")), from: id)
        #expect(try await store.faces(of: id, after: nil, limit: 9).allSatisfy { $0.face.userID == nil })
        #expect(try await store.collections().first?.users.isEmpty == true)
    }

    @Test("old faces are found by the day on which they were added")
    func ages() async throws {
        let (id, faces) = try await filled(open(day: 3))
        let store = try open(day: 9)
        #expect(try await store.faces(addedBefore: Self.time(3)).isEmpty)
        let new = try face(8)
        try await store.add([new], users: [], to: id, model: try model())
        #expect(try await store.faces(addedBefore: Self.time(4)) == [id: faces.map(\.face.id)])
        #expect(try await store.faces(addedBefore: Self.time(10))[id]?.count == 4)
        try await store.deleteFaces(faces.map(\.face.id), users: [try #require(FaceUserID("anna"))], from: id)
        #expect(try await store.faces(of: id, after: nil, limit: 9).map(\.face.id) == [new.face.id])
        #expect(try await store.collections().first?.users == [])
    }

    @Test("a face that was added while the clock was wrong is as old as the first question, not decades")
    func unknownAge() async throws {
        let id = try await filled(open(day: -9000)).0
        #expect(try await open(day: 5).faces(addedBefore: Self.time(4)).isEmpty)
        #expect(try await open(day: 9).faces(addedBefore: Self.time(6))[id]?.count == 3)
    }

    private func stranger(_ number: Int, visits: Int = 1) throws -> KeptStranger {
        KeptStranger(
            id: "stranger-\(number)", vector: try face(number + 40).vector, model: try model(), visits: visits,
            met: Self.time(Int64(number)))
    }

    @Test("strangers are there after a power cut, the one not seen for longest first, and who is gone is nowhere")
    func strangers() async throws {
        let store = try open()
        let all = try (0..<3).map { try stranger($0) }
        try await store.keep(StrangerChanges(kept: all.reversed()))
        try await store.keep(StrangerChanges(kept: [try stranger(1, visits: 4)], gone: ["stranger-0"]))
        let read = try await open(folder.afterPowerCut()).strangers()
        #expect(read.map(\.id) == ["stranger-1", "stranger-2"] && read.map(\.visits) == [4, 1])
        #expect(read.map(\.model) == [try model(), try model()] && read[0].met == Self.time(1))
        #expect(abs((read[0].vector.cosine(with: all[1].vector) ?? 0) - 1) < 1e-6)
        #expect(try !isAnywhere(bytes(all[0].vector)) && isAnywhere(bytes(all[2].vector)))
        try await store.deleteStrangers()
        #expect(try await store.strangers().isEmpty)
        for gone in all { #expect(try !isAnywhere(bytes(gone.vector)) && !isAnywhere(Array(gone.id.utf8))) }
    }

    @Test("nobody to keep makes no file")
    func noStrangers() async throws {
        let store = try open()
        try await store.keep(StrangerChanges(gone: ["stranger-1"]))
        try await store.deleteStrangers()
        #expect(try await store.strangers().isEmpty)
        #expect(try await store.faces(addedBefore: .now()).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
