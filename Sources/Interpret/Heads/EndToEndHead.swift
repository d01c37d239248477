import Base

/// YOLOv10, YOLO26 and exports of Ultralytics with `nms=True`: one output `[1, N, 6]` of at most N objects, each left, top,
/// right and bottom in input pixels, score and class. Coefficients of masks and key points may follow: they are passed over.
struct EndToEndHead: DetectorHead {
    let output: String
    let rows: Int
    let columns: Int

    private static let mostRows = 10_000
    private static let ownColumns = 6

    static let row = HeadRow(
        name: "end2end", defaultSize: 640, inputSpec: ultralyticsInput(_:),
        fit: { network throws(Misfit) in
            let rows = try network.boxRows { sides, extra in sides[2] == ownColumns + extra }
            let (count, columns) = (rows.output.sides[1], rows.output.sides[2])
            guard columns == ownColumns + rows.extraColumns, count <= mostRows,
                columns <= NetworkShape.mostColumns
            else {
                throw Misfit(reason: "needs [1, objects, 6]")
            }
            // As many rows as a grid has cells are a grid's.
            let grids = NetworkShape.yoloStrides.map { network.inputSize.cells(strides: $0) }
            guard network.manifest.head != nil || !grids.contains(where: { count == $0 || count == 3 * $0 }) else {
                throw Misfit(reason: "has as many rows as a grid has cells")
            }
            let head = EndToEndHead(output: rows.output.name, rows: count, columns: columns)
            return FittedHead(
                head: head, classCount: nil, classNames: network.classCount == nil ? ClassNames.coco80 : nil)
        })

    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate] {
        guard let values = outputs.named(output) else { return [] }
        let floors = Dictionary(classes.map { ($0.index, $0.floor) }, uniquingKeysWith: { first, _ in first })
        return (0..<rows).compactMap { row in
            let start = row * columns, score = values[start + 4]
            guard let index = Int(exactly: values[start + 5].rounded()), let floor = floors[index], score > floor else {
                return nil
            }
            return Candidate(
                classIndex: index, score: score, left: values[start], top: values[start + 1],
                right: values[start + 2], bottom: values[start + 3])
        }
    }
}
