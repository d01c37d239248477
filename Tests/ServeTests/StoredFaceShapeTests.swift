import Base
import Serve
import Testing

/// Faces on their way into a copy and back.
@Suite struct StoredFaceShapeTests {
    private func face(name: String? = "anna", user: String? = nil, thumbnail: [UInt8]? = nil) throws -> StoredFace {
        StoredFace(
            face: IndexedFace(
                id: try #require(FaceID("11111111-2222-3333-4444-555555555555")),
                imageID: try #require(FaceID("99999999-2222-3333-4444-555555555555")),
                externalImageID: name.flatMap(ExternalImageID.init), userID: user.flatMap(FaceUserID.init),
                box: try #require(NormalizedBox(left: -0.01, top: 0.2, width: 0.25, height: 0.5)),
                confidence: try #require(Confidence(percent: 99.5))),
            vector: try #require(FaceVector([0.25, -1, 3e-7, 2])), thumbnail: thumbnail)
    }

    @Test("a face comes back as it was, with its vector bit by bit")
    func roundTrip() throws {
        for face in [
            try face(), try face(name: nil), try face(user: "household:anna"), try face(thumbnail: [1, 2, 3]),
        ] {
            let text = face.json.jsonBytes
            let back = try #require(StoredFace(try JSONParser.parse(text), dimension: 4))
            #expect(back.face.id == face.face.id && back.face.externalImageID == face.face.externalImageID)
            #expect(back.face.userID == face.face.userID && back.face.box == face.face.box)
            #expect(back.thumbnail == face.thumbnail)
            #expect(try #require(back.vector.cosine(with: face.vector)) > 0.999_999)
        }
        let curve = try #require(SimilarityCurve(slope: 32.1, middle: 0.387))
        let model = FaceModel(identity: "embedder 1 0123", dimension: 4, similarity: curve)
        #expect(FaceModel(model.json) == model)
    }

    @Test("what is no face of a copy is refused: another count of numbers, no numbers, names that AWS does not take")
    func refusals() throws {
        let good = try #require(try face().json.object)
        #expect(StoredFace(.object(good), dimension: 4) != nil)
        #expect(StoredFace(.object(good), dimension: 5) == nil)
        for (member, value) in [
            ("FaceId", JSONValue.string("no")), ("Vector", .string("AAAA")), ("Vector", .string("?")),
            ("Vector", .string("AADAfwAAwH8AAMB/AADAfw==")), ("ExternalImageId", .string("two words")),
            ("UserId", .string("ü")), ("Confidence", .number(101)), ("BoundingBox", .null),
            ("BoundingBox", ["Left": .number(0), "Top": .number(0), "Width": .number(-1), "Height": .number(1)]),
        ] {
            var bad = good
            bad[member] = value
            #expect(StoredFace(.object(bad), dimension: 4) == nil, "\(member) \(value)")
        }
        #expect(FaceModel(["Identity": "x", "Dimension": 0, "Slope": 1, "Middle": 0]) == nil)
        #expect(FaceModel(.null) == nil)
    }
}
