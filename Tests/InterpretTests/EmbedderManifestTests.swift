import Base
import Interpret
import Testing

@Suite("Manifests of face embedders")
struct EmbedderManifestTests {
    private static let points: JSONValue = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]
    private static let whole: [String: JSONValue] = [
        "family": "face-embedder", "name": "faces", "version": "1", "alignment": points,
        "similarity": ["slope": 32.1, "middle": 0.387],
    ]

    @Test("What it says is what is used; colours are BGR from 0 to 255 unless it says otherwise")
    func whole() throws {
        let manifest = try EmbedderManifest(checking: .object(Self.whole))
        #expect(manifest.name == "faces" && manifest.version == "1" && manifest.template.points.count == 5)
        #expect(manifest.colorOrder == .bgr && manifest.mean == .zero && manifest.scale == .one)
        let crop = try #require(FaceCrop(side: 1, samples: [1, 2, 3], pixelsPerPixel: 1))
        let input = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
        defer { unsafe input.deallocate() }
        unsafe manifest.write(crop, to: input)
        #expect(unsafe Array(input) == [3, 2, 1])
        var other = Self.whole
        other["input"] = ["colorOrder": "RGB", "mean": [1, 1, 1], "scale": [2, 2, 2]]
        unsafe try EmbedderManifest(checking: .object(other)).write(crop, to: input)
        #expect(unsafe Array(input) == [0, 2, 4])
    }

    @Test(
        "What is missing or wrong is told with its path: vectors made with another alignment would name strangers",
        arguments: [
            ("family", "yunet", "$.family"), ("name", nil, "$.name"), ("version", nil, "$.version"),
            ("alignment", nil, "$.alignment"), ("alignment", [[0.3, 0.4]], "$.alignment"),
            ("alignment", [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 8]], "$.alignment"),
            ("similarity", ["slope": -1, "middle": 0], "$.similarity"), ("similarity", nil, "$.similarity"),
            ("input", ["colorOrder": "GRB"], "$.input.colorOrder"), ("sise", 3, "$.sise"),
        ] as [(String, JSONValue?, String)])
    func wrong(key: String, value: JSONValue?, path: String) {
        var members = Self.whole
        members[key] = value
        let error = #expect(throws: InterpretError.self) { try EmbedderManifest(checking: .object(members)) }
        guard case .manifest(let problems) = error else { return }
        #expect(problems.contains { $0.hasPrefix("\(path):") }, "\(problems)")
    }
}
