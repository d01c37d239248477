import Base
import Interpret
import Runtime
import TestSupport
import Testing

@Suite("Detectors")
struct DetectorTests {
    private let yoloxOutputs = [TensorShape(name: "output", sides: [1, 3549, 85])]

    @Test("without a manifest everything that was assumed is told in words")
    func tellsAssumptions() throws {
        let detector = try Detector(input: [1, 3, 416, 416], outputs: yoloxOutputs)
        #expect(
            detector.assumptions == [
                "family yolox, by its output shapes", "COCO's 80 class names", "colour order BGR",
                "mean and scale of yolox", "resize rule letterbox-top-left",
            ])
    }

    @Test("a manifest that says everything leaves nothing to assume, and is believed")
    func believesManifest() throws {
        let manifest = try ModelManifest(checking: [
            "head": "yolox",
            "input": [
                "width": 320, "height": 192, "colorOrder": "RGB", "mean": [127.5, 127.5, 127.5],
                "scale": [0.0078125, 0.0078125, 0.0078125], "resize": "letterbox-centered", "pad": 0,
            ],
            "classes": ["person", "cat", "dog", "package"],
            "labels": ["PERSON": ["person"], "PET": ["cat", "dog"], "PACKAGE": ["package"]],
        ])
        let detector = try Detector(
            manifest: manifest, input: [1, 3, 192, 320], outputs: [TensorShape(name: "o", sides: [1, 1260, 9])])
        #expect(detector.assumptions.isEmpty)
        #expect(detector.emittableLabels == Set(Label.allCases))
        #expect(detector.inputSpec.size.description == "320x192")
        #expect(detector.inputSpec.resize == .letterboxCentered)
        #expect(detector.inputSpec.mean == SIMD3(repeating: 127.5))
    }

    @Test("a network with a free input size takes the manifest's, else the family's own")
    func freeInputSize() throws {
        var manifest = ModelManifest()
        (manifest.width, manifest.height) = (320, 320)
        let small = try Detector(
            manifest: manifest, input: [-1, 3, -1, -1], outputs: [TensorShape(name: "o", sides: [1, 2100, 85])])
        #expect(small.inputSpec.size.description == "320x320")
        let own = try Detector(input: [-1, 3, -1, -1], outputs: yoloxOutputs)
        #expect(own.inputSpec.size.description == "416x416")
    }

    @Test("a manifest that contradicts the network is told so")
    func contradiction() throws {
        var manifest = ModelManifest()
        (manifest.width, manifest.height) = (320, 320)
        let size = #expect(throws: InterpretError.self) {
            try Detector(manifest: manifest, input: [1, 3, 416, 416], outputs: yoloxOutputs)
        }
        #expect(size?.description.contains("416x416") ?? false)
        var wrongHead = ModelManifest()
        wrongHead.head = "fastestdet"
        let head = #expect(throws: InterpretError.self) {
            try Detector(manifest: wrongHead, input: [1, 3, 416, 416], outputs: yoloxOutputs)
        }
        #expect(head?.description.contains("fastestdet") ?? false)
        var tooFew = ModelManifest()
        tooFew.head = "yolox"
        tooFew.classes = ["person"]
        #expect(throws: InterpretError.headDoesNotFit(head: "yolox", reason: "holds 80 classes, the manifest names 1"))
        {
            try Detector(manifest: tooFew, input: [1, 3, 416, 416], outputs: yoloxOutputs)
        }
    }

    @Test("an unknown network gets one line that lists its outputs and the known heads")
    func unknownNetwork() {
        let error = #expect(throws: InterpretError.self) {
            try Detector(input: [1, 3, 224, 224], outputs: [TensorShape(name: "logits", sides: [1, 1000])])
        }
        #expect(error?.description.contains("logits [1, 1000]") ?? false)
        #expect(error?.description.contains("yolox") ?? false)
        #expect(error?.recovery == .giveUp)
    }

    @Test(
        "networks that many people have and no head reads are told how to export them",
        arguments: [([1, 100, 7], "nms=False"), ([1, 1000], "classifier")])
    func remedies(sides: [Int], remedy: String) {
        let error = #expect(throws: InterpretError.self) {
            try Detector(input: [1, 3, 320, 320], outputs: [TensorShape(name: "output0", sides: sides)])
        }
        #expect(error?.description.contains(remedy) == true)
    }

    @Test("a network of another number of classes needs names", arguments: [3, 78, 90])
    func namesNeeded(classes: Int) {
        #expect(throws: InterpretError.self) {
            try Detector(
                input: [1, 3, 416, 416], outputs: [TensorShape(name: "o", sides: [1, 3549, 5 + classes])])
        }
    }

    @Test(
        "weird shapes never crash", arguments: [[], [1], [1, 3, 0, 0], [1, 3, 1 << 40, 1 << 40], [1, 3, 416, 416]])
    func weirdShapes(input: [Int]) {
        let sides = [
            [], [0], [1, -1, -1], [1, 3549, 85, 1], [Int.max, Int.max, Int.max], [1, 0, 0, 0], [1, 85, 9999, 9999],
        ]
        for one in sides {
            _ = try? Detector(input: input, outputs: [TensorShape(name: "o", sides: one)])
            _ = try? Detector(input: input, outputs: Array(repeating: TensorShape(name: "cls_8", sides: one), count: 6))
        }
    }

    @Test("NaN, infinity and huge numbers in outputs give no detection and no crash", arguments: HeadTests.families)
    func garbage(family: String) throws {
        let fixture = try HeadFixture(family)
        let detector = try fixture.detector()
        let mapping = InputMapping(frame: fixture.frame, spec: detector.inputSpec)
        for value in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, 1e20] {
            let outputs = try fixture.outputs.map {
                try output($0.name, $0.tensor.shape, $0.tensor.values.map { _ in value })
            }
            let found = withViews(outputs[...], []) { detector.detections(in: $0, mapping: mapping) }
            #expect(found.allSatisfy { $0.box.area > 0 && $0.box.area <= 1 })
        }
    }

    @Test("corrupted outputs, seeded: boxes stay in the frame", arguments: HeadTests.families)
    func corruption(family: String) throws {
        let fixture = try HeadFixture(family)
        let detector = try fixture.detector()
        let mapping = InputMapping(frame: fixture.frame, spec: detector.inputSpec)
        var random = SplitMix(seed: 7)
        for _ in 0..<20 {
            let outputs = try fixture.outputs.map { one in
                var values = one.tensor.values
                for _ in 0..<500 {
                    values[Int(random.next() % UInt64(values.count))] = Float(
                        bitPattern: UInt32(truncatingIfNeeded: random.next()))
                }
                return try output(one.name, one.tensor.shape, values)
            }
            let found = withViews(outputs[...], []) { detector.detections(in: $0, mapping: mapping) }
            #expect(found.allSatisfy { $0.box.clippedToFrame == $0.box && $0.confidence.value > 0 })
        }
    }

    @Test("outputs that are missing or too short give fewer detections, never a crash", arguments: HeadTests.families)
    func missingOutputs(family: String) throws {
        let fixture = try HeadFixture(family)
        let detector = try fixture.detector()
        let mapping = InputMapping(frame: fixture.frame, spec: detector.inputSpec)
        #expect(detector.detections(in: [], mapping: mapping).isEmpty)
        let short = try fixture.outputs.map { try output($0.name, [3], Array($0.tensor.values.prefix(3))) }
        #expect(withViews(short[...], []) { detector.detections(in: $0, mapping: mapping) }.isEmpty)
    }
}
