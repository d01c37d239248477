import Base

/// NanoDet-Plus (RangiLyu/nanodet v1): one output `[1, N, C + 32]` over strides 8, 16, 32, 64; classes come as logits;
/// a cell's centre is i · stride, without the half. With `C + 32 · k` columns, and a manifest that tells C, the last k − 1
/// classes have a box of their own each, in their order, and the others share the first.
struct NanoDetPlusHead: DetectorHead {
    static let strides = [8, 16, 32, 64]

    let output: String
    let size: PixelSize
    let classCount: Int
    /// At least 1, at most as many as classes.
    let boxCount: Int
    let scores: ModelManifest.ScoreKind

    static let row = HeadRow(
        name: "nanodet-plus", defaultSize: 416, inputSpec: nanoDetInput(_:),
        fit: { network throws(Misfit) in
            let expected = network.inputSize.cells(strides: strides), columns = DistributionBox.columns
            let output = try network.singleOutput(rank: 3) { sides in
                sides[1] == expected
                    && boxCount(columns: sides[2], classCount: network.classCount ?? sides[2] - columns) != nil
            }
            let classCount = network.classCount ?? output.sides[2] - columns
            guard output.sides[1] == expected, output.sides[2] > columns else {
                throw Misfit(reason: "needs [1, \(expected), classes + 32]")
            }
            guard let boxCount = boxCount(columns: output.sides[2], classCount: classCount) else {
                throw network.misfit(holding: output.sides[2] - columns)
            }
            var assumptions: [String] = []
            if network.manifest.scores == nil { assumptions.append("class outputs are logits") }
            let head = NanoDetPlusHead(
                output: output.name, size: network.inputSize, classCount: classCount,
                boxCount: boxCount, scores: network.manifest.scores ?? .logits)
            return FittedHead(head: head, classCount: classCount, assumptions: assumptions)
        })

    /// How many boxes a row has, nil where the columns do not fit the classes.
    private static func boxCount(columns: Int, classCount: Int) -> Int? {
        let (count, rest) = (columns - classCount).quotientAndRemainder(dividingBy: DistributionBox.columns)
        return rest == 0 && classCount > 0 && (1...classCount).contains(count) ? count : nil
    }

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let columns = classCount + boxCount * DistributionBox.columns
        var found: [Candidate] = []
        var row = 0
        for stride in Self.strides {
            let (across, down) = size.grid(stride: stride)
            for cell in 0..<(across * down) {
                let start = row * columns
                row += 1
                for wanted in classes {
                    let raw = values[start + wanted.index]
                    let score = scores == .logits ? sigmoid(raw) : raw
                    guard score > wanted.floor else { continue }
                    let box = max(0, wanted.index - classCount + boxCount)
                    found.append(
                        DistributionBox.candidate(
                            values, start: start + classCount + box * DistributionBox.columns,
                            centerX: Float(cell % across * stride),
                            centerY: Float(cell / across * stride), stride: Float(stride), classIndex: wanted.index,
                            score: score))
                }
            }
        }
        return found
    }
}
