import Base
import Glibc
import Interpret
import Testing

/// Heads on inputs that are not square: one object in one cell, and it has to come out there.
@Suite("Heads and the shape of the input")
struct HeadShapeTests {
    /// A cell of one stride's grid in an input of some size.
    struct Cell: Sendable {
        let size: PixelSize
        let stride: Int
        let x: Int
        let y: Int

        /// Of grids as networks make them: every stride rounds up.
        func across(_ stride: Int) -> Int { (size.width + stride - 1) / stride }
        func down(_ stride: Int) -> Int { (size.height + stride - 1) / stride }
        func cells(_ stride: Int) -> Int { across(stride) * down(stride) }
        /// Its number within its own stride, and among all of `strides`.
        var index: Int { y * across(stride) + x }
        func index(among strides: [Int]) -> Int {
            strides.prefix { $0 != stride }.reduce(0) { $0 + cells($1) } + index
        }
    }

    typealias Output = (name: String, tensor: Tensor)

    /// The outputs of a family that sees one object of class 1 of 3 in the cell, and the object's centre in cells from the
    /// cell's corner.
    struct Family: Sendable, CustomStringConvertible {
        let name: String
        let strides: [Int]
        let offset: Double
        let outputs: @Sendable (Cell) throws -> [Output]
        var description: String { name }
    }

    /// Rows of `columns` numbers, filled with `empty`; `fill` writes the one of the cell.
    private static func rows(
        _ name: String, _ count: Int, _ columns: Int, empty: Float, row: Int?, _ fill: (inout [Float], Int) -> Void
    ) throws -> Output {
        var values = [Float](repeating: empty, count: count * columns)
        if let row { fill(&values, row * columns) }
        return try output(name, [1, count, columns], values)
    }

    /// Every side of the box lies two strides away.
    private static func distances(_ values: inout [Float], _ start: Int) {
        for side in 0..<4 { values[start + 8 * side + 2] = 80 }
    }

    static let families: [Family] = [
        Family(name: "nanodet-plus", strides: [8, 16, 32, 64], offset: 0) { cell in
            let strides = [8, 16, 32, 64], count = strides.reduce(0) { $0 + cell.cells($1) }
            return [
                try rows("out", count, 35, empty: -20, row: cell.index(among: strides)) { values, start in
                    values[start + 1] = 5
                    distances(&values, start + 3)
                }
            ]
        },
        Family(name: "nanodet", strides: [8, 16, 32], offset: 0.5) { cell in
            try [8, 16, 32].flatMap { stride in
                let row = stride == cell.stride ? cell.index : nil, count = cell.cells(stride)
                return [
                    try rows("cls_\(stride)", count, 3, empty: 0, row: row) { $0[$1 + 1] = 0.9 },
                    try rows("dis_\(stride)", count, 32, empty: 0, row: row) { distances(&$0, $1) },
                ]
            }
        },
        Family(name: "yolox", strides: [8, 16, 32], offset: 0.5) { cell in
            let strides = [8, 16, 32], count = strides.reduce(0) { $0 + cell.cells($1) }
            return [
                try rows("out", count, 8, empty: 0, row: cell.index(among: strides)) { values, start in
                    values.replaceSubrange(start..<start + 8, with: [0.5, 0.5, 1.386, 1.386, 1, 0, 0.9, 0])
                }
            ]
        },
        Family(name: "yolov8", strides: [8, 16, 32], offset: 0.5) { cell in
            let strides = [8, 16, 32], count = strides.reduce(0) { $0 + cell.cells($1) }
            var values = [Float](repeating: 0, count: 7 * count)
            let step = Float(cell.stride)
            let numbers = [(Float(cell.x) + 0.5) * step, (Float(cell.y) + 0.5) * step, 4 * step, 4 * step, 0, 0.9, 0]
            for (column, number) in numbers.enumerated() {
                values[column * count + cell.index(among: strides)] = number
            }
            return [try output("out", [1, 7, count], values)]
        },
        Family(name: "yolov5", strides: [8, 16, 32], offset: 0.5) { cell in
            let strides = [8, 16, 32], count = strides.reduce(0) { $0 + cell.cells($1) }
            let step = Float(cell.stride)
            return [
                try rows("out", 3 * count, 8, empty: 0, row: 3 * cell.index(among: strides) + 1) { values, start in
                    let (x, y) = ((Float(cell.x) + 0.5) * step, (Float(cell.y) + 0.5) * step)
                    values.replaceSubrange(start..<start + 8, with: [x, y, 4 * step, 4 * step, 1, 0, 0.9, 0])
                }
            ]
        },
        Family(name: "end2end", strides: [8], offset: 0.5) { cell in
            let step = Float(cell.stride)
            return [
                try rows("out", 300, 6, empty: 0, row: 17) { values, start in
                    let (x, y) = ((Float(cell.x) + 0.5) * step, (Float(cell.y) + 0.5) * step)
                    values.replaceSubrange(
                        start..<start + 6, with: [x - 2 * step, y - 2 * step, x + 2 * step, y + 2 * step, 0.9, 1])
                }
            ]
        },
        Family(name: "fastestdet", strides: [16], offset: 0) { cell in
            let count = cell.cells(16)
            var values = [Float](repeating: 0, count: 8 * count)
            let sides = [cell.size.width, cell.size.height].map { side in
                // Of the input, before the sigmoid.
                -log(Float(side) / 64 - 1)
            }
            for (plane, number) in [1, 0, 0, sides[0], sides[1], 0.1, 0.9, 0].enumerated() {
                values[plane * count + cell.index] = number
            }
            return [try output("out", [1, 8, cell.down(16), cell.across(16)], values)]
        },
    ]

    private func manifest(_ family: Family) throws -> ModelManifest {
        try ModelManifest(checking: [
            "head": .string(family.name), "classes": ["cup", "person", "car"], "labels": ["PERSON": ["person"]],
        ])
    }

    @Test(
        "an object comes out where it is in wide, upright and odd inputs", arguments: families,
        [(480, 256), (256, 480), (416, 288), (352, 352), (96, 160)])
    func places(family: Family, sides: (Int, Int)) throws {
        let size = try #require(PixelSize(width: sides.0, height: sides.1))
        for stride in family.strides {
            let whole = Cell(size: size, stride: stride, x: 0, y: 0)
            for (x, y) in [(1, 1), (whole.across(stride) / 2, 1), (1, whole.down(stride) / 2)] {
                let cell = Cell(size: size, stride: stride, x: x, y: y)
                let outputs = try family.outputs(cell)
                let detector = try Detector(
                    manifest: try manifest(family), input: [1, 3, size.height, size.width],
                    outputs: outputs.map { TensorShape(name: $0.name, sides: $0.tensor.shape) })
                let mapping = InputMapping(frame: size, spec: detector.inputSpec)
                let found = withViews(outputs[...], []) { detector.detections(in: $0, mapping: mapping) }
                let one = try #require(found.first, "\(family) \(size) stride \(stride) at \(x), \(y)")
                #expect(found.count == 1 && one.label == .person)
                let left = (Double(x) + family.offset - 2) * Double(stride), right = left + 4 * Double(stride)
                let top = (Double(y) + family.offset - 2) * Double(stride), bottom = top + 4 * Double(stride)
                // What reaches beyond the input is cut off.
                let expected = [
                    max(0, left), max(0, top), min(right, Double(size.width)), min(bottom, Double(size.height)),
                ]
                let box = [
                    one.box.left * Double(size.width), one.box.top * Double(size.height),
                    one.box.right * Double(size.width), one.box.bottom * Double(size.height),
                ]
                #expect(
                    zip(box, expected).allSatisfy { abs($0 - $1) < 0.1 }, "\(family) \(size): \(box), not \(expected)")
            }
        }
    }

    @Test("with the head named, outputs for other purposes may lie beside the one that it reads; without, they may not")
    func moreOutputs() throws {
        let size = try #require(PixelSize(width: 480, height: 256))
        let cell = Cell(size: size, stride: 16, x: 4, y: 4)
        for family in Self.families where family.name != "nanodet" {
            let more =
                [try output("embedding", [1, 64], [Float](repeating: 1, count: 64))] + (try family.outputs(cell))
            let shapes = more.map { TensorShape(name: $0.name, sides: $0.tensor.shape) }
            let detector = try Detector(
                manifest: try manifest(family), input: [1, 3, size.height, size.width], outputs: shapes)
            let mapping = InputMapping(frame: size, spec: detector.inputSpec)
            #expect(withViews(more[...], []) { detector.detections(in: $0, mapping: mapping) }.count == 1, "\(family)")
            #expect(throws: InterpretError.self) {
                try Detector(input: [1, 3, size.height, size.width], outputs: shapes)
            }
            // Two that fit alike: nobody says which.
            let twice = shapes + [TensorShape(name: "again", sides: shapes[1].sides)]
            #expect(throws: InterpretError.self) {
                try Detector(manifest: try manifest(family), input: [1, 3, size.height, size.width], outputs: twice)
            }
        }
    }

    @Test(
        "a class with a box of its own does not get the others' box: a parcel would be as tall as the person beside it")
    func ownBox() throws {
        let size = try #require(PixelSize(width: 480, height: 256)), strides = [8, 16, 32, 64]
        let cell = Cell(size: size, stride: 16, x: 15, y: 8)
        let count = strides.reduce(0) { $0 + cell.cells($1) }
        let out = try Self.rows("out", count, 3 + 64, empty: -20, row: cell.index(among: strides)) { values, start in
            (values[start + 1], values[start + 2]) = (5, 5)
            Self.distances(&values, start + 3)
            for side in 0..<4 { values[start + 35 + 8 * side + 1] = 80 }
        }
        let manifest = try ModelManifest(checking: [
            "head": "nanodet-plus", "classes": ["cup", "person", "parcel"],
            "labels": ["PERSON": ["person"], "PACKAGE": ["parcel"]],
        ])
        let detector = try Detector(
            manifest: manifest, input: [1, 3, size.height, size.width],
            outputs: [TensorShape(name: out.name, sides: out.tensor.shape)])
        let mapping = InputMapping(frame: size, spec: detector.inputSpec)
        let found = withViews([out][...], []) { detector.detections(in: $0, mapping: mapping) }
        let widths = Dictionary(uniqueKeysWithValues: found.map { ($0.label, ($0.box.right - $0.box.left) * 480) })
        #expect(abs((widths[.person] ?? 0) - 64) < 0.1)
        #expect(abs((widths[.package] ?? 0) - 32) < 0.1)
    }

    @Test("columns that fit no number of boxes are refused, with the manifest's number of classes")
    func boxesThatDoNotFit() throws {
        let manifest = try ModelManifest(checking: ["head": "nanodet-plus", "classes": ["person"]])
        // Two boxes for one class.
        #expect(throws: InterpretError.self) {
            try Detector(
                manifest: manifest, input: [1, 3, 256, 480], outputs: [TensorShape(name: "out", sides: [1, 2552, 65])])
        }
    }
}
