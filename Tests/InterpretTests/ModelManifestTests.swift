import Base
import Foundation
import Interpret
import TestSupport
import Testing

@Suite("Manifests of models")
struct ModelManifestTests {
    @Test("every problem is reported at once, with its path")
    func everyProblem() {
        let error = #expect(throws: InterpretError.self) {
            try ModelManifest(checking: [
                "name": "two\nlines", "head": "resnet", "clases": [],
                "input": ["width": 0, "height": "416", "mean": [1, 2], "colorOrder": "GRB", "pad": 256],
                "classes": ["person", 3, ""],
                "labels": ["PERSON": ["man"], "CAR": ["car"], "PET": "cat"],
                "firstClass": 1.5,
            ])
        }
        guard case .manifest(let problems) = error else { return }
        for path in [
            "$.name", "$.head", "$.clases", "$.input.width", "$.input.height", "$.input.mean", "$.input.colorOrder",
            "$.input.pad",
            "$.classes[1]", "$.classes[2]", "$.labels.PERSON", "$.labels.CAR", "$.labels.PET", "$.firstClass",
        ] {
            #expect(problems.contains { $0.hasPrefix("\(path):") }, "\(path) is missing in \(problems)")
        }
    }

    @Test("a network says how many pixels it takes instead of a size, and half of that or both at once is told")
    func budget() throws {
        let manifest = try ModelManifest(checking: ["input": ["pixels": 123_904, "multipleOf": 32]])
        #expect(manifest.budget == PixelBudget(pixels: 123_904, multipleOf: 32))
        #expect(manifest.inputShape == nil)
        for (input, words) in [
            (["pixels": 123_904], "both pixels and multipleOf"), (["multipleOf": 32], "both pixels and multipleOf"),
            (["pixels": 123_904, "multipleOf": 32, "width": 352, "height": 352], "name one of them"),
            (["pixels": 10, "multipleOf": 32], "$.input.pixels"), (["pixels": 2000, "multipleOf": 64], "no square"),
            (["pixels": 123_904, "multipleOf": 0], "$.input.multipleOf"),
        ] as [(JSONValue, String)] {
            let error = #expect(throws: InterpretError.self) { try ModelManifest(checking: ["input": input]) }
            #expect(error?.description.contains(words) ?? false, "\(input)")
        }
    }

    @Test("a class cannot make two labels")
    func twoLabels() {
        let error = #expect(throws: InterpretError.self) {
            try ModelManifest(checking: ["labels": ["PERSON": ["x"], "PET": ["x"]]])
        }
        #expect(error?.description.contains("\"x\" makes more than one label") ?? false)
    }

    @Test("an empty object assumes everything; anything but an object is refused")
    func shapes() throws {
        #expect(try ModelManifest(checking: [:]) == ModelManifest())
        for json in [JSONValue.null, [], "x", 1, true] {
            #expect(throws: InterpretError.self) { try ModelManifest(checking: json) }
        }
    }

    @Test("a manifest of a million problems stays a short message")
    func boundedProblems() {
        let members = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("key\($0)", JSONValue.null) })
        let error = #expect(throws: InterpretError.self) { try ModelManifest(checking: .object(members)) }
        guard case .manifest(let problems) = error else { return }
        #expect(problems.count <= 50)
    }

    @Test("corrupted manifests, seeded, are refused or read, never a crash")
    func corruption() throws {
        let text = """
            {"head":"yolox","input":{"width":416,"height":416,"mean":[0,0,0],"scale":[1,1,1],"resize":"stretch"},\
            "classes":["person","cat"],"labels":{"PERSON":["person"]},"firstClass":0}
            """
        var random = SplitMix(seed: 3)
        var read = 0
        for _ in 0..<2000 {
            var bytes = Array(text.utf8)
            for _ in 0..<(1 + random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            guard let json = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { continue }
            read += 1
            _ = try? ModelManifest(checking: json)
        }
        #expect(read > 50)
    }
}
