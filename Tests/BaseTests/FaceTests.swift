import Base
import Testing

@Suite("Faces: names, vectors, similarity")
struct FaceTests {
    @Test(
        "Ids are lower-case UUIDs, as AWS makes them",
        arguments: [
            ("0f3c5b1e-9a44-4c0d-8f6b-2f7d0d6c9a11", true), ("0F3C5B1E-9A44-4C0D-8F6B-2F7D0D6C9A11", false),
            ("0f3c5b1e9a444c0d8f6b2f7d0d6c9a11", false), ("", false), ("----", false),
        ])
    func ids(text: String, isOne: Bool) { #expect((FaceID(text) != nil) == isOne) }

    @Test("A person's name may hold a colon, a collection's may not, as with AWS")
    func names() {
        #expect(ExternalImageID("anna:2026") != nil && FaceUserID("anna:1") != nil)
        #expect(CollectionID("family:1") == nil && CollectionID("family.1") != nil)
        #expect(ExternalImageID("anna maria") == nil && FaceUserID(String(repeating: "a", count: 129)) == nil)
    }

    @Test("A vector has the length 1 whatever the network gave, and what has no direction is none")
    func vectors() throws {
        let one = try #require(FaceVector([3, 4])), other = try #require(FaceVector([30, 40]))
        let cosine = try #require(one.cosine(with: other)), longer = try #require(FaceVector([1, 0, 0]))
        #expect(one.values == [0.6, 0.8] && abs(cosine - 1) < 1e-6)
        #expect(one.cosine(with: longer) == nil)
        for numbers: [Float] in [[], [0, 0], [.nan, 1], [.infinity, 1]] { #expect(FaceVector(numbers) == nil) }
    }

    @Test("Similarity and cosine are each other's inverse, and 0 and 100 % lie beyond every cosine")
    func similarity() throws {
        let curve = try #require(SimilarityCurve(slope: 32.1, middle: 0.387))
        for percent in [1.0, 50, 80, 99] {
            #expect(abs(curve.similarity(ofCosine: curve.cosine(ofSimilarity: percent)) - percent) < 1e-9)
        }
        #expect(curve.cosine(ofSimilarity: 0) < -1 && curve.cosine(ofSimilarity: 100) > 1)
        #expect(SimilarityCurve(slope: 0, middle: 0.4) == nil && SimilarityCurve(slope: .nan, middle: 0.4) == nil)
    }

    @Test("A profile is cut out as embedders learned it, fitted in the crop: another part looks like somebody else")
    func profile() throws {
        let places: [(x: Double, y: Double)] = [(96, 80), (108, 82), (126, 104), (98, 128), (107, 130)]
        let landmarks = try #require(Landmarks(places.map { Point(x: $0.x / 200, y: $0.y / 200) }))
        let picture = try #require(PixelSize(width: 200, height: 200))
        let transform = try #require(FaceTemplate.usual.transform(to: landmarks, in: picture, side: 96))
        // From numpy, fitted from the picture to the crop. Fitted from the crop to the picture the scale is 0.892.
        #expect(abs(transform.scale - 1.4242) < 0.001)
        let corner = transform.apply(to: Point(x: 0, y: 0)), opposite = transform.apply(to: Point(x: 96, y: 96))
        #expect(abs(corner.x - 41.363) < 0.01 && abs(corner.y - 14.859) < 0.01)
        #expect(abs(opposite.x - 173.772) < 0.01 && abs(opposite.y - 155.759) < 0.01)
    }
}
