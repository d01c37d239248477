import Base

/// SSD with suppression inside the graph: outputs of boxes `[1, N, 4]`, classes and scores `[1, N]`, and mostly a
/// count `[1]` (TensorFlow's detection API, `TFLite_Detection_PostProcess`, ONNX model zoo).
struct SSDHead: DetectorHead {
    let boxes: String
    let classes: String
    let scores: String
    let count: String?
    let order: ModelManifest.BoxOrder
    let units: ModelManifest.BoxUnits
    /// The number that stands for the first class name.
    let firstClass: Int
    let size: PixelSize

    /// N is not known before the network runs: no more than this is read.
    private static let mostObjects = 10_000

    static let row = HeadRow(
        name: "ssd", defaultSize: 300,
        inputSpec: {
            InputSpec(
                size: $0, colorOrder: .rgb, mean: SIMD3(repeating: 127.5), scale: SIMD3(repeating: 1 / 127.5),
                resize: .stretch)
        },
        fit: { network throws(Misfit) in try fit(network) })

    private static func fit(_ network: NetworkShape) throws(Misfit) -> FittedHead {
        guard (3...4).contains(network.outputs.count) else {
            throw Misfit(
                reason: "needs boxes, classes, scores and perhaps a count, has \(network.outputs.count) outputs")
        }
        let isTFLite = network.outputs.allSatisfy { $0.name.hasPrefix("TFLite_Detection_PostProcess") }
        let parts = isTFLite ? tfliteParts(network.outputs) : namedParts(network.outputs)
        guard let parts, parts.boxes.sides.last == 4 else {
            throw Misfit(reason: "needs outputs whose names hold box, class or label, score, and perhaps num")
        }
        let isTensorFlow = isTFLite || parts.boxes.name.contains("detection_boxes")
        let manifest = network.manifest
        let head = SSDHead(
            boxes: parts.boxes.name, classes: parts.classes.name, scores: parts.scores.name, count: parts.count?.name,
            order: manifest.boxOrder ?? (isTensorFlow ? .yxyx : .xyxy), units: manifest.boxUnits ?? .ratio,
            firstClass: manifest.firstClass ?? (isTFLite ? 0 : 1), size: network.inputSize)
        var assumptions: [String] = []
        if manifest.boxOrder == nil { assumptions.append("boxes are \(head.order.rawValue)") }
        if manifest.boxUnits == nil { assumptions.append("boxes are in \(head.units.rawValue)s of the input") }
        if manifest.firstClass == nil { assumptions.append("classes count from \(head.firstClass)") }
        return FittedHead(
            head: head, classCount: nil, classNames: isTensorFlow ? ClassNames.coco90 : ClassNames.coco80,
            assumptions: assumptions)
    }

    private typealias Parts = (boxes: TensorShape, classes: TensorShape, scores: TensorShape, count: TensorShape?)

    private static func namedParts(_ outputs: [TensorShape]) -> Parts? {
        func part(_ words: String...) -> TensorShape? {
            outputs.first { output in words.contains { output.name.lowercased().contains($0) } }
        }
        guard let boxes = part("box"), let classes = part("class", "label"), let scores = part("score"),
            Set([boxes, classes, scores]).count == 3
        else { return nil }
        return (boxes, classes, scores, part("num", "count"))
    }

    /// The four outputs come without telling names: boxes, `:1` classes, `:2` scores, `:3` count.
    private static func tfliteParts(_ outputs: [TensorShape]) -> Parts? {
        func part(_ suffix: String) -> TensorShape? { outputs.first { $0.name.hasSuffix(suffix) } }
        guard let boxes = outputs.first(where: { !$0.name.contains(":") }) ?? part(":0"), let classes = part(":1"),
            let scores = part(":2")
        else { return nil }
        return (boxes, classes, scores, part(":3"))
    }

    func candidates(in outputs: [TensorView], classes wanted: [WantedClass]) -> [Candidate] {
        guard let boxes = outputs.named(boxes), let classes = outputs.named(classes),
            let scores = outputs.named(scores)
        else { return [] }
        var objects = min(Self.mostObjects, scores.count, classes.count, boxes.count / 4)
        if let count, let told = outputs.named(count), let told = Int(exactly: told[0].rounded()) {
            objects = min(objects, max(0, told))
        }
        return (0..<objects).compactMap { object in
            guard let number = Int(exactly: classes[object].rounded()) else { return nil }
            let (index, overflow) = number.subtractingReportingOverflow(firstClass)
            guard !overflow, let floor = wanted.first(where: { $0.index == index })?.floor, scores[object] > floor
            else {
                return nil
            }
            return candidate(boxes, object: object, classIndex: index, score: scores[object])
        }
    }

    private func candidate(_ boxes: TensorReader, object: Int, classIndex: Int, score: Float) -> Candidate {
        let first = (boxes[object * 4], boxes[object * 4 + 1])
        let last = (boxes[object * 4 + 2], boxes[object * 4 + 3])
        let (x0, y0) = order == .xyxy ? first : (first.1, first.0)
        let (x1, y1) = order == .xyxy ? last : (last.1, last.0)
        let (width, height): (Float, Float) = units == .ratio ? (Float(size.width), Float(size.height)) : (1, 1)
        return Candidate(
            classIndex: classIndex, score: score, left: x0 * width, top: y0 * height, right: x1 * width,
            bottom: y1 * height)
    }
}
