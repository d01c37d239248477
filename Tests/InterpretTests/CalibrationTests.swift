import Base
import Interpret
import TestSupport
import Testing

@Suite("Calibration")
struct CalibrationTests {
    private func map(_ points: [(Float, Float)]) throws -> Calibration {
        try #require(Calibration(points.map { Calibration.Point(raw: $0.0, confidence: $0.1) }))
    }

    @Test("a raw score becomes the probability of its point, and between two points what lies between them")
    func forward() throws {
        let map = try map([(0, 0.02), (0.4, 0.5), (0.6, 0.9), (1, 0.98)])
        for (raw, confidence) in [(0, 0.02), (0.2, 0.26), (0.4, 0.5), (0.5, 0.7), (1, 0.98), (-3, 0.02), (7, 0.98)] {
            #expect(abs(map.confidence(of: Float(raw)) - Float(confidence)) < 1e-6)
        }
        #expect(map.confidence(of: .nan).isNaN && map.confidence(of: .infinity) == .infinity)
    }

    @Test("the floor of raw scores loses nothing that is likely enough, whatever the map, seeded")
    func inverseLosesNothing() throws {
        var random = SplitMix(seed: 11)
        for _ in 0..<300 {
            let count = Int.random(in: 2...64, using: &random)
            func rising() -> [Float] {
                let steps = (0..<count).map { _ in Float.random(in: 1e-4...1, using: &random) }
                let sum = steps.reduce(0, +) * Float.random(in: 1.01...3, using: &random)
                return steps.indices.map { index in steps[...index].reduce(0, +) / sum }
            }
            var raws = rising()
            (raws[0], raws[count - 1]) = (0, 1)
            guard let map = Calibration(zip(raws, rising()).map { Calibration.Point(raw: $0, confidence: $1) }) else {
                continue
            }
            let floor = Float.random(in: 0.001...0.9, using: &random)
            let rawFloor = map.rawFloor(for: floor)
            for _ in 0..<200 {
                // Half of them near the edge, where rounding decides.
                let (offset, anywhere) = (
                    Float.random(in: -1e-6...1e-6, using: &random), Float.random(in: 0...1, using: &random)
                )
                let raw = Bool.random(using: &random) ? rawFloor + offset : anywhere
                guard (0...1).contains(raw) else { continue }
                #expect((raw > rawFloor) == (map.confidence(of: raw) >= floor))
            }
        }
    }

    @Test("a map that hardly rises, or leaps, has its floor at the right score too")
    func steepAndFlat() throws {
        let flat = try map([(0, 0.1), (0.1, 0.5), (0.9, Float(0.5).nextUp), (1, 0.9)])
        #expect(flat.confidence(of: flat.rawFloor(for: Float(0.5).nextUp)) == 0.5)
        #expect(flat.confidence(of: flat.rawFloor(for: Float(0.5).nextUp).nextUp) == Float(0.5).nextUp)
        let steep = try map([(0, 0.1), (0.5, 0.2), (Float(0.5).nextUp, 0.8), (1, 0.9)])
        #expect(steep.rawFloor(for: 0.5) == 0.5)
        #expect(steep.rawFloor(for: 0.95) == 1 && steep.rawFloor(for: 0.05) < 0)
    }

    // MARK: - Through the detector

    private static let cells = 21  // 32 x 32: strides 8, 16 and 32

    /// A YOLOv8-like network of four classes with these objects: class, score and cell.
    private func found(
        _ objects: [(classIndex: Int, score: Float)], calibration: [String: Calibration], floor: Float = 0.05
    ) throws -> [Detection] {
        var manifest = ModelManifest()
        manifest.head = "yolov8"
        manifest.classes = ["person", "cat", "dog", "package"]
        manifest.calibration = calibration
        let shape = [1, 8, Self.cells]
        let detector = try Detector(
            manifest: manifest, input: [1, 3, 32, 32], outputs: [TensorShape(name: "o", sides: shape)], floor: floor)
        var values = [Float](repeating: 0, count: 8 * Self.cells)
        for (cell, object) in objects.enumerated() {
            let column: [Float] = [Float(2 + 4 * cell), 16, 2, 2]
            for (row, value) in column.enumerated() { values[row * Self.cells + cell] = value }
            values[(4 + object.classIndex) * Self.cells + cell] = object.score
        }
        let mapping = InputMapping(
            frame: try #require(PixelSize(width: 32, height: 32)), spec: detector.inputSpec)
        let outputs = [try output("o", shape, values)]
        return withViews(outputs[...], []) { detector.detections(in: $0, mapping: mapping) }
    }

    @Test("confidence is the calibrated one everywhere, and the surest comes first by it")
    func confidenceIsCalibrated() throws {
        let cat = try map([(0, 0), (0.4, 0.8), (1, 0.95)])
        let found = try found([(1, 0.4), (2, 0.7), (0, 0.3)], calibration: ["cat": cat])
        #expect(found.map(\.className) == ["cat", "dog", "person"])
        for (detection, want) in zip(found, [0.8, 0.7, 0.3] as [Float]) {
            #expect(abs(detection.confidence.value - want) < 1e-6)
        }
    }

    @Test(
        "the floor is one of confidences: weak scores that are likely are told, strong ones that are not are kept back")
    func floorIsOfConfidences() throws {
        let (modest, bold) = (try map([(0, 0), (0.01, 0.3), (1, 0.9)]), try map([(0, 0), (0.9, 0.04), (1, 0.5)]))
        let weak = try found(
            [(0, 0.005), (0, 0.001), (1, 0.85), (2, 0.02)], calibration: ["person": modest, "cat": bold])
        #expect(weak.map(\.className) == ["person"])
        #expect(abs((weak.first?.confidence.value ?? 0) - 0.15) < 1e-6)
        let lower = try found(
            [(0, 0.005), (0, 0.001), (1, 0.85), (2, 0.02)], calibration: ["person": modest, "cat": bold], floor: 0.01)
        #expect(lower.map(\.className) == ["person", "cat", "person", "dog"])
    }

    @Test("a broken score stays broken: infinity does not become a sure detection")
    func brokenScores() throws {
        let map = try map([(0, 0.1), (1, 0.9)])
        #expect(try found([(0, .infinity), (0, .nan)], calibration: ["person": map]).isEmpty)
        #expect(try found([(0, 0)], calibration: ["person": map]).map(\.confidence.value) == [0.1])
    }

    @Test("a calibration of a class that the model does not have is told, not passed over")
    func unknownClass() throws {
        var manifest = ModelManifest()
        manifest.calibration = ["parcel": try map([(0, 0), (1, 1)])]
        #expect(throws: InterpretError.manifest(problems: ["$.calibration.parcel: the model has no such class"])) {
            try Detector(
                manifest: manifest, input: [1, 3, 416, 416], outputs: [TensorShape(name: "o", sides: [1, 3549, 85])])
        }
    }
}

@Suite("Calibration in manifests")
struct CalibrationManifestTests {
    private func problems(_ calibration: JSONValue) -> [String] {
        do {
            _ = try ModelManifest(checking: ["classes": ["person", "cat"], "calibration": calibration])
            return []
        } catch {
            guard case .manifest(let problems) = error else { return [] }
            return problems
        }
    }

    @Test("a good one is read point by point")
    func good() throws {
        let manifest = try ModelManifest(checking: ["calibration": ["cat": [[0, 0.01], [0.25, 0.5], [1, 1]]]])
        #expect(manifest.calibration?["cat"]?.points.map(\.raw) == [0, 0.25, 1])
        #expect(manifest.calibration?["cat"]?.points.map(\.confidence) == [0.01, 0.5, 1])
        #expect(problems(["person": [[0, 0], [1, 1]]]) == [])
    }

    @Test(
        "every flaw is told with its path",
        arguments: [
            ([], "$.calibration"), (["bird": [[0, 0], [1, 1]]], "$.calibration.bird"),
            (["cat": [[0, 0]]], "$.calibration.cat"), (["cat": 3], "$.calibration.cat"),
            (["cat": [[0, 0], [0.5], [1, 1]]], "$.calibration.cat[1]"),
            (["cat": [[0, 0], [0.5, 0.5, 0.5], [1, 1]]], "$.calibration.cat[1]"),
            (["cat": [[0, 0], ["x", 0.5], [1, 1]]], "$.calibration.cat[1]"),
            (["cat": [[0, 0], [0.5, 1.5], [1, 1]]], "$.calibration.cat[1]"),
            (["cat": [[0, 0], [0.5, 0.5], [0.5, 0.6], [1, 1]]], "$.calibration.cat[2]"),
            (["cat": [[0, 0], [0.5, 0.5], [0.6, 0.5], [1, 1]]], "$.calibration.cat[2]"),
            (["cat": [[0.1, 0], [1, 1]]], "$.calibration.cat[0]"),
            (["cat": [[0, 0], [0.9, 1]]], "$.calibration.cat[1]"),
        ] as [(JSONValue, String)])
    func flaws(calibration: JSONValue, path: String) {
        let problems = problems(calibration)
        #expect(problems.contains { $0.hasPrefix("\(path):") }, "\(path) is missing in \(problems)")
    }

    @Test("more than 64 points are refused, 64 are not")
    func bounded() {
        func line(_ count: Int) -> JSONValue {
            .array(
                (0..<count).map { index -> JSONValue in
                    [.number(Double(index) / Double(count - 1)), .number(Double(index) / Double(count))]
                })
        }
        #expect(problems(["cat": line(64)]) == [])
        #expect(problems(["cat": line(65)]).count == 1)
    }
}
