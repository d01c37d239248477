import Base
import Interpret
import Testing

@Suite("Heads read real networks as the reference does")
struct HeadTests {
    static let families = ["yolox", "nanodet", "nanodet-plus", "fastestdet"]

    @Test("the same objects, confidences and boxes as the reference decoder", arguments: families)
    func equalsReference(family: String) throws {
        let fixture = try HeadFixture(family)
        let detector = try fixture.detector()
        #expect(detector.headName == family)
        #expect(detector.emittableLabels == [.person, .pet])
        let found = fixture.detections(by: detector)
        expectEqual(found, fixture.expected.map { ($0.classIndex == 0 ? Label.person : .pet, $0.score, $0.corners) })
        // The photograph holds one person and one cat.
        #expect(found.contains { $0.className == "person" && $0.confidence.percent > 70 })
        #expect(found.contains { $0.className == "cat" && $0.confidence.percent > 60 })
    }

    @Test("the order in which an engine hands outputs over does not matter", arguments: families)
    func anyOrder(family: String) throws {
        let fixture = try HeadFixture(family)
        let detector = try Detector(input: fixture.input, outputs: fixture.shapes.reversed())
        #expect(fixture.detections(by: detector, order: { $0.reversed() }) == fixture.detections(by: detector))
    }

    @Test("a face network is refused with a text that says what to do")
    func facesMakeNoLabel() throws {
        let fixture = try HeadFixture("yunet")
        let error = #expect(throws: InterpretError.self) { try fixture.detector() }
        #expect(error == .noLabels(head: "yunet", classes: ["face"]))
        #expect(error?.description.contains("add \"labels\" to its manifest") ?? false)
    }

    @Test("a face counts as a person when the manifest says so, and lies where the reference puts it")
    func facesByManifest() throws {
        let fixture = try HeadFixture("yunet")
        var manifest = ModelManifest()
        manifest.labels = [.person: ["face"]]
        let found = fixture.detections(by: try fixture.detector(manifest))
        expectEqual(found, fixture.expected.map { (.person, $0.score, $0.corners) })
    }

    @Test("a face's points lie where a face has them: eyes above nose above mouth, left before right, inside the box")
    func landmarks() throws {
        let fixture = try HeadFixture("yunet")
        var manifest = ModelManifest()
        manifest.labels = [.person: ["face"]]
        let face = try #require(fixture.detections(by: try fixture.detector(manifest)).first)
        let points = face.landmarks.points
        try #require(points.count == 5)
        #expect(points.allSatisfy { (face.box.left...face.box.right).contains($0.x) })
        #expect(points.allSatisfy { (face.box.top...face.box.bottom).contains($0.y) })
        #expect(points[0].x < points[1].x && points[3].x < points[4].x)
        #expect(max(points[0].y, points[1].y) < points[2].y && points[2].y < min(points[3].y, points[4].y))
    }

    @Test("heads without points give none", arguments: families)
    func noLandmarks(family: String) throws {
        let fixture = try HeadFixture(family)
        #expect(fixture.detections(by: try fixture.detector()).allSatisfy { $0.landmarks == .none })
    }

    private func expectEqual(_ found: [Detection], _ expected: [(Label, Double, [Double])]) {
        #expect(found.count == expected.count)
        for (detection, want) in zip(found, expected.sorted { $0.1 > $1.1 }) {
            let box = detection.box
            #expect(detection.label == want.0)
            #expect(abs(Double(detection.confidence.value) - want.1) < 1e-4)
            for (got, want) in zip([box.left, box.top, box.right, box.bottom], want.2) {
                #expect(abs(got - want) < 1e-3, "\(box) is not \(want)")
            }
        }
    }
}

@Suite("Heads without a checked-in network")
struct OtherHeadTests {

    @Test("a YOLOv8-like output is read, transposed or not", arguments: [320, 640])
    func yolov8(side: Int) throws {
        let cells = [8, 16, 32].reduce(0) { $0 + (side / $1) * (side / $1) }
        for isTransposed in [false, true] {
            var values = [Float](repeating: 0, count: 84 * cells)
            for (column, value) in [(0, 160), (1, 80), (2, 64), (3, 32), (4 + 15, 0.75)] as [(Int, Float)] {
                values[isTransposed ? 7 * 84 + column : column * cells + 7] = value
            }
            let shape = isTransposed ? [1, cells, 84] : [1, 84, cells]
            let detector = try Detector(
                input: [1, 3, side, side], outputs: [TensorShape(name: "output0", sides: shape)])
            #expect(detector.headName == "yolov8")
            #expect(detector.inputSpec.colorOrder == .rgb)
            let mapping = InputMapping(
                frame: try #require(PixelSize(width: side, height: side)), spec: detector.inputSpec)
            let outputs = [try output("output0", shape, values)]
            let found = withViews(outputs[...], []) { detector.detections(in: $0, mapping: mapping) }
            #expect(found.map(\.className) == ["cat"])
            #expect(found.map(\.label) == [.pet])
            let box = try #require(found.first?.box)
            for (got, want) in zip([box.left, box.top, box.right, box.bottom], [128.0, 64, 192, 96]) {
                #expect(abs(got * Double(side) - want) < 1e-6)
            }
        }
    }

    @Test("an SSD with suppression in its graph is read: TensorFlow's order of corners and COCO's own class numbers")
    func ssd() throws {
        let outputs = [
            try output("num_detections:0", [1], [2]),
            try output("detection_scores:0", [1, 3], [0.9, 0.6, 0.99]),
            // 18 is dog in COCO's own numbers; the third object lies beyond the count.
            try output("detection_classes:0", [1, 3], [1, 18, 1]),
            try output("detection_boxes:0", [1, 3, 4], [0.1, 0.2, 0.5, 0.6, 0.5, 0.5, 1, 0.75, 0, 0, 1, 1]),
        ]
        let detector = try Detector(
            input: [1, 3, 300, 300], outputs: outputs.map { TensorShape(name: $0.name, sides: $0.tensor.shape) })
        #expect(detector.headName == "ssd")
        #expect(detector.assumptions.contains("boxes are yxyx"))
        let frame = try #require(PixelSize(width: 1280, height: 720))
        let mapping = InputMapping(frame: frame, spec: detector.inputSpec)
        let found = withViews(outputs[...], []) { detector.detections(in: $0, mapping: mapping) }
        #expect(found.map(\.className) == ["person", "dog"])
        #expect(abs((found.first?.box.left ?? 0) - 0.2) < 1e-6)
        #expect(abs((found.first?.box.bottom ?? 0) - 0.5) < 1e-6)
    }
}
