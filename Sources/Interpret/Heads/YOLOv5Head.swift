import Base

/// YOLOv5, YOLOv7 and their like, with the boxes worked out in the network: one output `[1, N, 5 + C]` with three boxes in
/// each cell; centre, width and height in input pixels, objectness, classes, the last two already sigmoid. Coefficients of
/// masks may follow the classes: they are passed over. Where the manifest names this head, a cell may have one box, as YOLOv6
/// and decoded YOLOX have.
struct YOLOv5Head: DetectorHead {
    let output: String
    let rows: Int
    let columns: Int

    private static let anchors = 3

    static let row = HeadRow(
        name: "yolov5", defaultSize: 640, inputSpec: ultralyticsInput(_:),
        fit: { network throws(Misfit) in
            let cells = NetworkShape.yoloStrides.map { network.inputSize.cells(strides: $0) }
            let counts = Set(cells.map { anchors * $0 } + (network.manifest.head == nil ? [] : cells))
            let rows = try network.boxRows { sides, extra in
                counts.contains(sides[1]) && sides[2] == 5 + (network.classCount ?? sides[2] - 5 - extra) + extra
            }
            let (count, columns) = (rows.output.sides[1], rows.output.sides[2])
            let classCount = columns - 5 - rows.extraColumns
            guard counts.contains(count), classCount >= 1, columns <= NetworkShape.mostColumns else {
                let usual = anchors * network.inputSize.cells(strides: [8, 16, 32])
                throw Misfit(reason: "needs [1, \(usual), 5 + classes]")
            }
            if let wanted = network.classCount, wanted != classCount { throw network.misfit(holding: classCount) }
            return FittedHead(
                head: YOLOv5Head(output: rows.output.name, rows: count, columns: columns), classCount: classCount)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let lowestFloor = classes.lowestFloor
        var found: [Candidate] = []
        for start in stride(from: 0, to: rows * columns, by: columns) {
            let objectness = values[start + 4]
            guard objectness > lowestFloor else { continue }
            for wanted in classes {
                let score = objectness * values[start + 5 + wanted.index]
                guard score > wanted.floor else { continue }
                found.append(
                    Candidate(
                        classIndex: wanted.index, score: score, centerX: values[start], centerY: values[start + 1],
                        width: values[start + 2], height: values[start + 3]))
            }
        }
        return found
    }
}
