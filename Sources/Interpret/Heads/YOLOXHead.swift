import Base
import Glibc

/// YOLOX (Ge et al. 2021, arXiv 2107.08430): one output `[1, N, 5 + C]` over strides 8, 16, 32;
/// a row is x, y, w, h, objectness, classes; the last two already went through a sigmoid.
struct YOLOXHead: DetectorHead {
    static let strides = [8, 16, 32]

    let output: String
    let size: PixelSize
    let classCount: Int

    static let row = HeadRow(
        name: "yolox", defaultSize: 416,
        inputSpec: { InputSpec(size: $0, colorOrder: .bgr, resize: .letterboxTopLeft, padValue: 114) },
        fit: { network throws(Misfit) in
            let expected = network.inputSize.cells(strides: strides)
            let output = try network.singleOutput(rank: 3) { sides in
                sides[1] == expected && sides[2] == 5 + (network.classCount ?? sides[2] - 5)
            }
            let (cells, columns) = (output.sides[1], output.sides[2])
            guard cells == expected else { throw Misfit(reason: "needs [1, \(expected), 5 + classes]") }
            guard columns >= 6 else { throw Misfit(reason: "needs at least 6 columns, has \(columns)") }
            let classCount = columns - 5
            if let wanted = network.classCount, wanted != classCount { throw network.misfit(holding: classCount) }
            return FittedHead(
                head: YOLOXHead(output: output.name, size: network.inputSize, classCount: classCount),
                classCount: classCount)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let lowestFloor = classes.lowestFloor
        let columns = 5 + classCount
        var found: [Candidate] = []
        var row = 0
        for stride in Self.strides {
            let (across, down) = size.grid(stride: stride)
            for y in 0..<down {
                for x in 0..<across {
                    let start = row * columns
                    row += 1
                    let objectness = values[start + 4]
                    guard objectness > lowestFloor else { continue }
                    for wanted in classes {
                        let score = objectness * values[start + 5 + wanted.index]
                        guard score > wanted.floor else { continue }
                        let step = Float(stride)
                        found.append(
                            Candidate(
                                classIndex: wanted.index, score: score,
                                centerX: (values[start] + Float(x)) * step,
                                centerY: (values[start + 1] + Float(y)) * step,
                                width: exp(values[start + 2]) * step, height: exp(values[start + 3]) * step))
                    }
                }
            }
        }
        return found
    }
}

extension Candidate {
    init(classIndex: Int, score: Float, centerX: Float, centerY: Float, width: Float, height: Float) {
        self.init(
            classIndex: classIndex, score: score, left: centerX - width / 2, top: centerY - height / 2,
            right: centerX + width / 2, bottom: centerY + height / 2)
    }
}

extension NetworkShape {
    /// The output of `rank` sides of which the first is 1. Others may lie beside it when the manifest names the head, and
    /// when only one of them has sides that fit.
    func singleOutput(rank: Int, fits: ([Int]) -> Bool) throws(Misfit) -> TensorShape {
        var outputs = outputs
        if outputs.count > 1, manifest.head != nil {
            outputs = outputs.filter { $0.sides.count == rank && fits($0.sides) }
        }
        guard outputs.count == 1, let output = outputs.first else {
            throw Misfit(reason: "needs one output, has \(self.outputs.count)")
        }
        guard output.sides.count == rank, output.sides.first == 1, output.sides.allSatisfy({ $0 > 0 }) else {
            throw Misfit(reason: "needs an output of \(rank) known sides with batch 1, has \(output)")
        }
        return output
    }
}
