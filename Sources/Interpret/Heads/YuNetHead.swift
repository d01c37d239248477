import Base
import Glibc

/// YuNet (Wu, Peng, Yu 2023): faces with five points. For each of the strides 8, 16, 32 the outputs `cls_s`, `obj_s`
/// `[1, n, 1]`, `bbox_s` `[1, n, 4]` and `kps_s` `[1, n, 10]`; score = √(cls · obj). It has the one class `face`,
/// which makes no label unless a manifest says so. The points are the eyes, the nose and the corners of the mouth, from left to
/// right as the picture shows them.
struct YuNetHead: DetectorHead {
    static let strides = [8, 16, 32]

    let size: PixelSize

    static let row = HeadRow(
        name: "yunet", defaultSize: 320,
        inputSpec: { InputSpec(size: $0, colorOrder: .bgr, resize: .letterboxTopLeft) },
        fit: { network throws(Misfit) in
            for stride in strides {
                let cells = network.inputSize.cells(strides: [stride])
                for (part, columns) in [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)] {
                    let name = "\(part)_\(stride)"
                    guard let output = network.outputs.first(where: { $0.name == name }),
                        output.sides.last == columns,
                        output.sides.suffix(2).first.map({ $0 == cells || $0 < 1 }) ?? false
                    else { throw Misfit(reason: "needs an output \(name) of [1, \(cells), \(columns)]") }
                }
            }
            return FittedHead(head: YuNetHead(size: network.inputSize), classCount: 1, classNames: ["face"])
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let face = classes.first(where: { $0.index == 0 }) else { return [] }
        return Self.strides.flatMap { stride -> [Candidate] in
            guard let classes = outputs.named("cls_\(stride)"), let objectness = outputs.named("obj_\(stride)"),
                let boxes = outputs.named("bbox_\(stride)"), let points = outputs.named("kps_\(stride)")
            else { return [] }
            let (across, down) = size.grid(stride: stride)
            let step = Float(stride)
            return (0..<(across * down)).compactMap { cell in
                let score = sqrt(classes[cell] * objectness[cell])
                guard score > face.floor else { return nil }
                let (column, row) = (Float(cell % across), Float(cell / across))
                var candidate = Candidate(
                    classIndex: 0, score: score, centerX: (column + boxes[cell * 4]) * step,
                    centerY: (row + boxes[cell * 4 + 1]) * step, width: exp(boxes[cell * 4 + 2]) * step,
                    height: exp(boxes[cell * 4 + 3]) * step)
                candidate.landmarks = (0..<5).map { point in
                    SIMD2(column + points[cell * 10 + 2 * point], row + points[cell * 10 + 2 * point + 1]) * step
                }
                return candidate
            }
        }
    }
}
