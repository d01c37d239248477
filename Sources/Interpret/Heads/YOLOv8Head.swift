import Base

/// YOLOv8 and its like (Ultralytics' ONNX export): one output `[1, 4 + C, N]`, or transposed `[1, N, 4 + C]`;
/// centre, width and height in input pixels, classes already sigmoid, no objectness. Coefficients of masks and key points
/// may follow the classes: they are passed over.
struct YOLOv8Head: DetectorHead {
    let output: String
    let columns: Int
    let cells: Int
    /// Rows hold one object each.
    let isTransposed: Bool

    static let row = HeadRow(
        name: "yolov8", defaultSize: 640, inputSpec: ultralyticsInput(_:),
        fit: { network throws(Misfit) in
            let counts = Set(NetworkShape.yoloStrides.map { network.inputSize.cells(strides: $0) })
            let rows = try network.boxRows { sides, extra in
                guard let classes = network.classCount else { return sides.contains(where: counts.contains) }
                return sides[1...].contains(4 + classes + extra) && sides[1...].contains(where: counts.contains)
            }
            let (a, b) = (rows.output.sides[1], rows.output.sides[2])
            let isTransposed = counts.contains(a) && !counts.contains(b)
            let (cells, columns) = isTransposed ? (a, b) : (b, a)
            let usual = network.inputSize.cells(strides: [8, 16, 32]), classCount = columns - 4 - rows.extraColumns
            guard counts.contains(cells), classCount >= 1, columns <= NetworkShape.mostColumns else {
                throw Misfit(reason: "needs [1, 4 + classes, \(usual)] or [1, \(usual), 4 + classes]")
            }
            if let wanted = network.classCount, wanted != classCount { throw network.misfit(holding: classCount) }
            let head = YOLOv8Head(
                output: rows.output.name, columns: columns, cells: cells, isTransposed: isTransposed)
            return FittedHead(head: head, classCount: classCount)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let (cellStep, columnStep) = isTransposed ? (columns, 1) : (1, cells)
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

/// As Ultralytics' code feeds its networks.
func ultralyticsInput(_ size: PixelSize) -> InputSpec {
    InputSpec(
        size: size, colorOrder: .rgb, scale: SIMD3(repeating: 1 / 255), resize: .letterboxCentered, padValue: 114)
}
