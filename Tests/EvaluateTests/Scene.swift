import Base
import Evaluate
import Testing

/// What the model of these tests finds.
let modelClasses: [String: Label] = ["person": .person, "cat": .pet, "dog": .pet, "package": .package]

/// A picture of 100 x 100 pixels in a data set of these classes.
let classNames = ["person", "cat", "dog", "horse"]

func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) throws -> NormalizedBox {
    try #require(NormalizedBox(left: x / 100, top: y / 100, width: width / 100, height: height / 100))
}

func truth(_ name: String, _ box: NormalizedBox, isCrowd: Bool = false) throws -> Dataset.Truth {
    Dataset.Truth(classIndex: try #require(classNames.firstIndex(of: name)), box: box, isCrowd: isCrowd)
}

func detection(_ name: String, _ confidence: Float, _ box: NormalizedBox) throws -> Detection {
    Detection(
        label: try #require(modelClasses[name]), className: name, confidence: try #require(Confidence(confidence)),
        box: box)
}

/// Pictures and what the model says about each.
struct Scene {
    private(set) var pictures: [Dataset.Picture] = []
    private var detections: [[Detection]] = []

    mutating func picture(
        _ truths: [Dataset.Truth], _ found: [Detection], annotated: [String] = classNames, source: String? = nil
    ) throws {
        let size = try #require(PixelSize(width: 100, height: 100))
        let classes = Set(annotated.compactMap { classNames.firstIndex(of: $0) })
        pictures.append(
            Dataset.Picture(
                fileName: "\(pictures.count).jpg", size: size, annotatedClasses: classes, truths: truths,
                source: source))
        detections.append(found)
    }

    func report() throws -> AccuracyReport {
        var evaluation = try Evaluation(
            of: modelClasses, on: Dataset(classNames: classNames, pictures: pictures))
        for (picture, found) in zip(pictures, detections) { evaluation.add(found, in: picture) }
        return evaluation.report
    }

    func accuracy(of name: String) throws -> Accuracy {
        let report = try report()
        return try #require((report.classes + report.labels.map(\.row)).first { $0.name == name })
    }
}

func isNear(_ a: Double?, _ b: Double?, _ tolerance: Double = 1e-9) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return abs(a - b) <= tolerance
}
