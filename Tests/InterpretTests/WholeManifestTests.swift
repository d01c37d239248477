import Base
import Interpret
import Testing

/// What `model convert` writes has to be what was assumed: otherwise the same network sees other things afterwards.
@Suite("The manifest that was assumed") struct WholeManifestTests {
    @Test("a manifest reads the same from what it says of itself, with calibration and all")
    func roundTrip() throws {
        let whole = try ModelManifest(checking: [
            "name": "Garden", "head": "nanodet-plus", "scores": "logits", "boxOrder": "yxyx", "boxUnits": "ratio",
            "firstClass": 1, "classes": ["person", "cat"], "labels": ["PERSON": ["person"], "PET": ["cat"]],
            "input": [
                "width": 352, "height": 320, "colorOrder": "BGR", "mean": [103.53, 116.28, 123.675],
                "scale": [0.0174292, 0.017507, 0.0171247], "resize": "letterbox-top-left", "pad": 114,
            ],
            "calibration": ["person": [[0, 0.01], [0.35, 0.5], [1, 0.98]]],
        ])
        #expect(try ModelManifest(checking: whole.json) == whole)
        let shaped = try ModelManifest(checking: ["input": ["pixels": 133_120, "multipleOf": 32]])
        #expect(try ModelManifest(checking: shaped.json) == shaped)
        #expect(try ModelManifest(checking: ModelManifest().json) == ModelManifest())
    }

    @Test("with it nothing is assumed any more, and the network sees the same", arguments: HeadTests.families)
    func nothingAssumed(family: String) throws {
        let fixture = try HeadFixture(family)
        let first = try fixture.detector()
        let manifest = try ModelManifest(checking: first.manifest.json)
        let second = try fixture.detector(manifest)
        #expect(second.inputSpec == first.inputSpec && second.headName == first.headName)
        #expect(second.labelledClasses == first.labelledClasses)
        #expect(fixture.detections(by: second) == fixture.detections(by: first))
        #expect(!second.assumptions.contains { $0.contains("family") || $0.contains("colour") })
    }
}
