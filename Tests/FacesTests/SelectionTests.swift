import Base
import Faces
import RekognitionTestSupport
import Testing

@Suite("Which faces a collection takes")
struct SelectionTests {
    private static let vector = FaceVector([Float](repeating: 1, count: 256))

    static let faces: [(FaceRefusal, @Sendable () throws -> Face)] = [
        (.smallBoundingBox, { try face(vector, pixels: 50) }), (.lowConfidence, { try face(vector, confidence: 40) }),
        (.extremePose, { try face(vector, yaw: -60) }), (.lowBrightness, { try face(vector, brightness: 5) }),
        (.lowSharpness, { try face(vector, sharpness: 2) }), (.lowFaceQuality, { try face(vector, isColor: false) }),
    ]

    @Test("a bad reference is told by AWS's reason and not kept; without the filter it is", arguments: faces.indices)
    func reasons(index: Int) async throws {
        let (reason, make) = Self.faces[index]
        let registry = try await CollectionRegistry.opening(MemoryArchive(), logger: silent)
        let id = try collectionID()
        _ = try await registry.create(id, tags: [:])
        let outcome = try await registry.index(FaceIndexing(faces: [try make()]), into: id, from: model())
        #expect(outcome.indexed.isEmpty && outcome.refused.map(\.reasons) == [[reason]])
        let unfiltered = try await registry.index(
            FaceIndexing(faces: [try make()], filter: .none), into: id, from: model())
        #expect(unfiltered.indexed.count == 1)
    }

    @Test("a face without a vector is never kept")
    func tooSmall() throws {
        for use in FaceFilter.Use.allCases {
            #expect(try FaceFilter.none.reasons(against: face(nil), as: use) == [.smallBoundingBox])
        }
    }

    @Test("a face that is only looked for may be half as large as one that is kept")
    func probes() throws {
        #expect(try FaceFilter.auto.reasons(against: face(Self.vector, pixels: 32, isColor: false), as: .probe).isEmpty)
        #expect(try !FaceFilter.auto.reasons(against: face(Self.vector, pixels: 31), as: .probe).isEmpty)
    }

    @Test("the worst are left out first, then the smallest, and each says why")
    func mostFaces() async throws {
        var people = People()
        let registry = try await CollectionRegistry.opening(MemoryArchive(), logger: silent)
        let id = try collectionID()
        _ = try await registry.create(id, tags: [:])
        let faces = [
            try face(people.person(), pixels: 300, sharpness: 1), try face(people.person(), pixels: 200),
            try face(people.person(), pixels: 100),
        ]
        let outcome = try await registry.index(FaceIndexing(faces: faces, mostFaces: 1), into: id, from: model())
        #expect(outcome.indexed.map(\.seen.pixels) == [200])
        #expect(outcome.refused.map(\.reasons) == [[.lowSharpness], [.exceedsMaxFaces]])
    }
}
