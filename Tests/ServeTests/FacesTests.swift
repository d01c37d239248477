import Base
import Faces
import Foundation
import Logging
import NIOHTTP1
import Rekognition
import RekognitionTestSupport
import Serve
import Synchronization
import Testing

@Suite("What the page asks about faces")
struct FacesTests {
    private struct Family {
        let household: Household
        let shown: FaceID
        let hidden: FaceID
    }

    private static func family(keepsPictures: Bool = true) async throws -> Family {
        let collections = CollectionRegistry(MemoryArchive(), logger: Logger(label: "tests"))
        let (id, reading) = (try #require(CollectionID("household")), ScriptedFaces(.success([])))
        _ = try await collections.create(id, tags: [:])
        var shown = ScriptedFaces.face([1, 0, 0])
        shown.thumbnail = [0xFF, 0xD8, 7]
        let wanted = FaceIndexing(faces: [shown, ScriptedFaces.face([0, 1, 0])])
        let kept = try await collections.index(wanted, into: id, from: try await reading.model()).indexed
        return Family(
            household: Household(
                collections: collections, traces: try OneStranger(), keepsPictures: keepsPictures, keepsStrangers: false
            ),
            shown: try #require(kept.first).face.id, hidden: try #require(kept.last).face.id)
    }

    private static let good = ScriptedFaces(.success([ScriptedFaces.face([1, 0, 0])]))

    @Test("The small picture of a face is shown to whoever may ask, where there is one")
    func picture() async throws {
        let family = try await Self.family()
        try await TestServer.serving(household: family.household, faces: Self.good) { server in
            func ask(_ path: String, _ authorization: String?) async throws -> TestServer.Reply {
                try await server.send(.GET, path, authorization: authorization)
            }
            let path = "/faces/\(family.shown)/picture.jpg?collection=household"
            let picture = try await ask(path, server.bearer)
            #expect(picture.status == 200 && picture.body == [0xFF, 0xD8, 7])
            #expect(
                picture.headers["content-type"] == ["image/jpeg"] && picture.headers["cache-control"] == ["no-store"])
            #expect(try await ask(path, nil).status == 401)
            let without = try await ask("/faces/\(family.hidden)/picture.jpg?collection=household", server.bearer)
            #expect(without.error == "ResourceNotFoundException")
            for wrong in ["?collection=other", "", "?collection=a%20b", "?collection=household&more=1"] {
                #expect(try await ask("/faces/\(family.shown)/picture.jpg\(wrong)", server.bearer).status == 400)
            }
            #expect(try await ask("/faces/x/picture.jpg?collection=household", server.bearer).status == 400)
        }
    }

    @Test("The page knows whether faces can be looked for, and why not")
    func state() async throws {
        let family = try await Self.family(keepsPictures: false)
        try await TestServer.serving(household: family.household, faces: Self.good) { server in
            let state = try await server.send(.GET, "/faces", authorization: server.bearer).json
            #expect(state == ["ready": true, "why": .null, "keepsPictures": false])
        }
        let broken = ScriptedFaces(modelFailure: .unavailable("There is no network."))
        try await TestServer.serving(household: family.household, faces: broken) { server in
            let state = try await server.send(.GET, "/faces", authorization: server.bearer).json
            #expect(state["ready"] == false && state["why"] == "There is no network.")
        }
    }

    @Test("Strangers are listed without their vectors, and forgotten one by one")
    func strangers() async throws {
        let family = try await Self.family()
        try await TestServer.serving(household: family.household, faces: Self.good) { server in
            let listed = try await server.send(.GET, "/strangers", authorization: server.bearer).json
            #expect(listed["remembered"] == true && listed["kept"] == false)
            let time = WallTime(milliseconds: 1_790_000_000_000).rfc3339
            #expect(
                listed["strangers"] == [["id": "stranger-1a2b3c4d", "visits": 3, "lastSeen": .string(time)]])
            let path = "/strangers/stranger-1a2b3c4d"
            #expect(try await server.send(.DELETE, path).status == 401)
            #expect(try await server.send(.DELETE, path, authorization: server.bearer).status == 200)
            #expect(
                try await server.send(.DELETE, path, authorization: server.bearer).error == "ResourceNotFoundException")
        }
    }

    @Test("A picture is judged before anybody keeps it")
    func check() async throws {
        let family = try await Self.family()
        try await TestServer.serving(household: family.household, faces: Self.good) { server in
            let request: JSONValue = ["Image": ["Bytes": "/9j/4AAQ"]]
            func check(_ type: String) async throws -> TestServer.Reply {
                try await server.send(
                    .POST, "/faces/check", request.jsonBytes, headers: ["Content-Type": type],
                    authorization: server.bearer)
            }
            let told = try await check("application/json")
            #expect(told.status == 200 && told.json["Faces"]?.array?.count == 1)
            #expect(try await check("text/plain").status == 415)
            #expect(family.household.collections.list().map(\.faceCount) == [2])
        }
    }
}

/// A box that has seen one stranger.
private final class OneStranger: FaceTraces {
    private let known: Mutex<[KeptStranger]>

    init() throws {
        let model = FaceModel(
            identity: "scripted", dimension: 3, similarity: try #require(SimilarityCurve(slope: 32, middle: 0.4)))
        let vector = try #require(FaceVector([1, 0, 0]))
        known = Mutex([
            KeptStranger(
                id: "stranger-1a2b3c4d", vector: vector, model: model, visits: 3,
                met: WallTime(milliseconds: 1_790_000_000_000))
        ])
    }

    func picture(ofVisit id: String) async -> [UInt8]? { nil }
    func forget(_ name: ExternalImageID) async -> ForgottenTraces { ForgottenTraces() }
    func knownStrangers() -> [KeptStranger]? { known.withLock { $0 } }
    func forgetStrangers() async -> ForgottenTraces { ForgottenTraces() }

    func forgetStranger(_ id: String) async -> ForgottenTraces {
        var gone = ForgottenTraces()
        gone.strangers = known.withLock { known in
            defer { known.removeAll { $0.id == id } }
            return known.count { $0.id == id }
        }
        return gone
    }
}
