import Base
import Evaluate
import TestSupport
import Testing

@Suite("Accuracy against a slow twin")
struct RandomEvaluationTests {
    /// Objects, and detections of which many are near one of them; confidences come often twice.
    private func scene(_ random: inout SplitMix) throws -> (pictures: [Dataset.Picture], detections: [[Detection]]) {
        var pictures: [Dataset.Picture] = []
        var detections: [[Detection]] = []
        let size = try #require(PixelSize(width: 100, height: 100))
        for number in 0..<Int.random(in: 1...12, using: &random) {
            let truths = try (0..<Int.random(in: 0...6, using: &random)).map { _ in
                Dataset.Truth(
                    classIndex: .random(in: 0..<4, using: &random), box: try anyBox(&random),
                    isCrowd: Int.random(in: 0..<8, using: &random) == 0)
            }
            let found = try (0..<Int.random(in: 0...(number == 0 ? 130 : 14), using: &random)).map { _ in
                let name = ["person", "cat", "dog", "package"].randomElement(using: &random) ?? "cat"
                let near = try truths.randomElement(using: &random).map { try moved($0.box, &random) }
                return try detection(
                    name, Float(Int.random(in: 1...100, using: &random)) / 100, try near ?? anyBox(&random))
            }
            let annotated = (0..<4).filter { _ in Int.random(in: 0..<6, using: &random) > 0 }
            pictures.append(
                Dataset.Picture(
                    fileName: "\(number).jpg", size: size, annotatedClasses: Set(annotated), truths: truths))
            detections.append(found)
        }
        return (pictures, detections)
    }

    private func anyBox(_ random: inout SplitMix) throws -> NormalizedBox {
        // Half of them below a hundredth of the picture.
        let most = Bool.random(using: &random) ? 10.0 : 60
        return try box(
            .random(in: 0...40, using: &random), .random(in: 0...40, using: &random),
            .random(in: 2...most, using: &random), .random(in: 2...most, using: &random))
    }

    private func moved(_ old: NormalizedBox, _ random: inout SplitMix) throws -> NormalizedBox {
        let by = (0..<4).map { _ in Double.random(in: -1...1, using: &random) }
        return try box(
            old.left * 100 + 2 * by[0], old.top * 100 + 2 * by[1], old.width * (100 + 15 * by[2]),
            old.height * (100 + 15 * by[3]))
    }

    @Test("every figure of random pictures is the one that the definitions give", arguments: 0..<60)
    func equalsTwin(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let (pictures, detections) = try scene(&random)
        var evaluation = try Evaluation(of: modelClasses, on: Dataset(classNames: classNames, pictures: pictures))
        for (picture, found) in zip(pictures, detections) { evaluation.add(found, in: picture) }
        let report = evaluation.report
        for (row, classes) in report.classes.map({ ($0, [$0.name]) })
            + report.labels.map({ ($0.row, $0.label == .pet ? ["cat", "dog"] : ["person"]) })
        {
            let twin = SlowTwin(pictures: pictures, detections: detections, classes: classes)
            #expect(row.boxes == twin.marks(0.5, small: false).objects)
            #expect(row.smallBoxes == twin.marks(0.5, small: true).objects)
            #expect(isNear(row.averagePrecision, twin.averagePrecision(0.5)))
            #expect(isNear(row.meanAveragePrecision, twin.meanAveragePrecision))
            #expect(isNear(row.smallAveragePrecision, twin.averagePrecision(0.5, small: true)))
            #expect(isNear(row.recall, twin.told.recall) && isNear(row.precision, twin.told.precision))
        }
        for label in report.labels {
            let classes = label.label == .pet ? ["cat", "dog"] : ["person"]
            let twin = SlowTwin(pictures: pictures, detections: detections, classes: classes)
            #expect(isNear(label.reliability.expectedError, twin.expectedError, 1e-6))
        }
    }
}
