import Base
import Faces
import RekognitionTestSupport
import Testing

@Suite("A search of thousands of faces")
struct SearchTests {
    @Test("ranks as exact vectors do, and tells similarities that are right to half a percent where they are steepest")
    func eightBits() async throws {
        var people = People()
        let registry = try await CollectionRegistry.opening(MemoryArchive(), logger: silent)
        let (id, model) = (try collectionID(), try model())
        _ = try await registry.create(id, tags: [:])
        var vectors: [FaceID: FaceVector] = [:]
        let anna = try people.person()
        for index in 0..<20 {
            let batch = try (0..<100).map { _ in
                try people.picture(of: anna, cosine: Float(index) / 20)
            }
            let indexed = try await registry.index(
                FaceIndexing(faces: try batch.map { try face($0) }), into: id, from: model
            ).indexed
            for (item, vector) in zip(indexed, batch) { vectors[item.face.id] = vector }
        }
        let matches = registry.matches(of: anna, from: model, in: id, atLeast: 1, limit: 4096)
        var (worst, sum) = (0.0, 0.0)
        for match in matches {
            let cosine = try #require(vectors[match.face.id]?.cosine(with: anna))
            let off = abs(model.similarity.similarity(ofCosine: cosine) - match.similarity)
            worst = max(worst, off)
            sum += off
        }
        #expect(matches.count > 700 && worst < 1.5 && sum / Double(matches.count) < 0.15)
        #expect(matches.map(\.similarity) == matches.map(\.similarity).sorted(by: >))
    }
}
