import Base
import Faces
import Foundation
import Logging
import NIOHTTP1
import Rekognition
import RekognitionTestSupport
import Serve
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
                collections: collections, traces: NoTraces(), keepsPictures: keepsPictures),
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

/// A box that has recorded nobody.
private struct NoTraces: FaceTraces {
    func picture(ofVisit id: String) async -> [UInt8]? { nil }
    func forget(_ name: ExternalImageID) async -> ForgottenTraces { ForgottenTraces() }
    func forgetStrangers() async -> ForgottenTraces { ForgottenTraces() }
}
