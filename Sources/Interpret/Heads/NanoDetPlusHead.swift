import Base

/// NanoDet-Plus (RangiLyu/nanodet v1): one output `[1, N, C + 32]` over strides 8, 16, 32, 64; classes come as logits;
/// a cell's centre is i · stride, without the half.
struct NanoDetPlusHead: DetectorHead {
    static let strides = [8, 16, 32, 64]

    let output: String
    let size: PixelSize
    let classCount: Int
    let scores: ModelManifest.ScoreKind

    static let row = HeadRow(
        name: "nanodet-plus", defaultSize: 416, inputSpec: nanoDetInput(_:),
        fit: { network throws(Misfit) in
            let expected = network.inputSize.cells(strides: strides), columns = DistributionBox.columns
            let output = try network.singleOutput(rank: 3) { sides in
                sides[1] == expected && sides[2] == columns + (network.classCount ?? sides[2] - columns)
            }
            let classCount = output.sides[2] - columns
            guard output.sides[1] == expected, classCount > 0 else {
                throw Misfit(reason: "needs [1, \(expected), classes + 32]")
            }
            if let wanted = network.classCount, wanted != classCount {
                throw Misfit(reason: "holds \(classCount) classes, the manifest names \(wanted)")
            }
            var assumptions: [String] = []
            if network.manifest.scores == nil { assumptions.append("class outputs are logits") }
            let head = NanoDetPlusHead(
                output: output.name, size: network.inputSize, classCount: classCount,
                scores: network.manifest.scores ?? .logits)
            return FittedHead(head: head, classCount: classCount, assumptions: assumptions)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let columns = classCount + DistributionBox.columns
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
                    found.append(
                        DistributionBox.candidate(
                            values, start: start + classCount, centerX: Float(cell % across * stride),
                            centerY: Float(cell / across * stride), stride: Float(stride), classIndex: wanted.index,
                            score: score))
                }
            }
        }
        return found
    }
}
