import Base

/// YOLOv8 and its like (Ultralytics' ONNX export): one output `[1, 4 + C, N]`, or transposed `[1, N, 4 + C]`;
/// centre, width and height in input pixels, classes already sigmoid, no objectness.
struct YOLOv8Head: DetectorHead {
    let output: String
    let classCount: Int
    let cells: Int
    /// Rows hold one object each.
    let isTransposed: Bool

    static let row = HeadRow(
        name: "yolov8", defaultSize: 640,
        inputSpec: {
            InputSpec(
                size: $0, colorOrder: .rgb, scale: SIMD3(repeating: 1 / 255), resize: .letterboxCentered, padValue: 114)
        },
        fit: { network throws(Misfit) in
            let expected = network.inputSize.cells(strides: [8, 16, 32])
            let output = try network.singleOutput(rank: 3) { sides in
                guard let classes = network.classCount else { return sides.contains(expected) }
                return [sides[1], sides[2]].sorted() == [4 + classes, expected].sorted()
            }
            let (a, b) = (output.sides[1], output.sides[2])
            let isTransposed = a == expected && b != expected
            let (cells, columns) = isTransposed ? (a, b) : (b, a)
            guard cells == expected, columns >= 5 else {
                throw Misfit(reason: "needs [1, 4 + classes, \(expected)] or [1, \(expected), 4 + classes]")
            }
            if let wanted = network.classCount, wanted != columns - 4 {
                throw Misfit(reason: "holds \(columns - 4) classes, the manifest names \(wanted)")
            }
            let head = YOLOv8Head(
                output: output.name, classCount: columns - 4, cells: cells, isTransposed: isTransposed)
            return FittedHead(head: head, classCount: columns - 4)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let (cellStep, columnStep) = isTransposed ? (4 + classCount, 1) : (1, cells)
        var found: [Candidate] = []
        for wanted in classes {
            for cell in 0..<cells {
                let score = values[cell * cellStep + (4 + wanted.index) * columnStep]
                guard score > wanted.floor else { continue }
                func column(_ column: Int) -> Float { values[cell * cellStep + column * columnStep] }
                found.append(
                    Candidate(
                        classIndex: wanted.index, score: score, centerX: column(0), centerY: column(1),
                        width: column(2),
                        height: column(3)))
            }
        }
        return found
    }
}
