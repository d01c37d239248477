import Base

/// NanoDet-m (RangiLyu/nanodet v0): for each of the strides 8, 16, 32 one output of classes `[1, n, C]`, sigmoid
/// already applied, and one of distances `[1, n, 32]`; a cell's centre is (i + ½) · stride.
struct NanoDetHead: DetectorHead {
    struct Level {
        let stride: Int
        let classes: String
        let distances: String
    }

    let levels: [Level]
    let size: PixelSize
    let classCount: Int
    let scores: ModelManifest.ScoreKind

    static let row = HeadRow(
        name: "nanodet", defaultSize: 416, inputSpec: nanoDetInput(_:),
        fit: { network throws(Misfit) in try fit(network) })

    private static func fit(_ network: NetworkShape) throws(Misfit) -> FittedHead {
        guard network.outputs.count == 6 else { throw Misfit(reason: "needs 6 outputs, has \(network.outputs.count)") }
        var levels: [Level] = []
        var classCounts: Set<Int> = []
        for stride in [8, 16, 32] {
            let cells = network.inputSize.cells(strides: [stride])
            let pair = network.outputs.filter { $0.sides.suffix(2).first == cells }
            guard pair.count == 2 else { throw Misfit(reason: "needs two outputs of \(cells) rows") }
            let distances = pair.first { $0.name.contains("dis") || $0.name.contains("reg") }
            guard let distances = distances ?? pair.first(where: { $0.sides.last == DistributionBox.columns }),
                let classes = pair.first(where: { $0 != distances }), distances.sides.last == DistributionBox.columns,
                let count = classes.sides.last, count > 0
            else { throw Misfit(reason: "needs a pair [1, \(cells), classes] and [1, \(cells), 32]") }
            classCounts.insert(count)
            levels.append(Level(stride: stride, classes: classes.name, distances: distances.name))
        }
        guard classCounts.count == 1, let classCount = classCounts.first else {
            throw Misfit(reason: "the strides differ in their number of classes")
        }
        if let wanted = network.classCount, wanted != classCount { throw network.misfit(holding: classCount) }
        let head = NanoDetHead(
            levels: levels, size: network.inputSize, classCount: classCount,
            scores: network.manifest.scores ?? .probabilities)
        return FittedHead(head: head, classCount: classCount)
    }

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        levels.flatMap { level -> [Candidate] in
            guard let scores = outputs.named(level.classes), let boxes = outputs.named(level.distances) else {
                return []
            }
            let (across, down) = size.grid(stride: level.stride)
            let stride = Float(level.stride)
            var found: [Candidate] = []
            for cell in 0..<(across * down) {
                for wanted in classes {
                    let raw = scores[cell * classCount + wanted.index]
                    let score = self.scores == .logits ? sigmoid(raw) : raw
                    guard score > wanted.floor else { continue }
                    found.append(
                        DistributionBox.candidate(
                            boxes, start: cell * DistributionBox.columns,
                            centerX: (Float(cell % across) + 0.5) * stride,
                            centerY: (Float(cell / across) + 0.5) * stride, stride: stride, classIndex: wanted.index,
                            score: score))
                }
            }
            return found
        }
    }
}

/// Mean and deviation of ImageNet in BGR, as NanoDet's training configuration has them.
func nanoDetInput(_ size: PixelSize) -> InputSpec {
    InputSpec(
        size: size, colorOrder: .bgr, mean: SIMD3(103.53, 116.28, 123.675),
        scale: SIMD3(1 / 57.375, 1 / 57.12, 1 / 58.395), resize: .letterboxTopLeft, padValue: 0)
}
