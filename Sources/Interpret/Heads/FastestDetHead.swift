import Base
import Glibc

/// FastestDet (dog-qiuqiu/FastestDet): one output `[1, 5 + C, H, W]`; planes are objectness, x, y, w, h, softmaxed
/// classes. Score = objectness^0.6 · class^0.4, only of a cell's best class. Boxes are ratios of the input.
struct FastestDetHead: DetectorHead {
    let output: String
    let size: PixelSize
    let classCount: Int
    let across: Int
    let down: Int

    static let row = HeadRow(
        name: "fastestdet", defaultSize: 352,
        inputSpec: {
            InputSpec(size: $0, colorOrder: .bgr, scale: SIMD3(repeating: 1 / 255), resize: .stretch)
        },
        fit: { network throws(Misfit) in
            let output = try network.singleOutput(rank: 4) { sides in
                sides[1] == 5 + (network.classCount ?? sides[1] - 5)
            }
            let (planes, down, across) = (output.sides[1], output.sides[2], output.sides[3])
            guard planes >= 6, across <= network.inputSize.width, down <= network.inputSize.height else {
                throw Misfit(reason: "needs [1, 5 + classes, rows, columns]")
            }
            if let wanted = network.classCount, wanted != planes - 5 { throw network.misfit(holding: planes - 5) }
            let head = FastestDetHead(
                output: output.name, size: network.inputSize, classCount: planes - 5, across: across, down: down)
            return FittedHead(head: head, classCount: planes - 5)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let plane = across * down
        let lowestFloor = classes.lowestFloor
        var found: [Candidate] = []
        for cell in 0..<plane {
            // No class exceeds 1, so the score cannot exceed objectness^0.6.
            let objectness = pow(values[cell], 0.6)
            guard objectness > lowestFloor, let best = bestClass(values, cell: cell, plane: plane) else { continue }
            let score = objectness * pow(best.share, 0.4)
            guard let wanted = classes.first(where: { $0.index == best.index }), score > wanted.floor else { continue }
            let centerX = (tanh(values[plane + cell]) + Float(cell % across)) / Float(across) * Float(size.width)
            let centerY = (tanh(values[2 * plane + cell]) + Float(cell / across)) / Float(down) * Float(size.height)
            found.append(
                Candidate(
                    classIndex: best.index, score: score, centerX: centerX, centerY: centerY,
                    width: sigmoid(values[3 * plane + cell]) * Float(size.width),
                    height: sigmoid(values[4 * plane + cell]) * Float(size.height)))
        }
        return found
    }

    private func bestClass(_ values: TensorReader, cell: Int, plane: Int) -> (index: Int, share: Float)? {
        var best: (index: Int, share: Float)?
        for index in 0..<classCount {
            let share = values[(5 + index) * plane + cell]
            if share > best?.share ?? 0 { best = (index, share) }
        }
        return best
    }
}
