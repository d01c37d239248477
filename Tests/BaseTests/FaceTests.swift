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
}
