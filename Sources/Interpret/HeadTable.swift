import Base

/// The name and shape of one tensor; sides below 1 are not known before the network runs.
package struct TensorShape: Sendable, Hashable, CustomStringConvertible {
    package var name: String
    package var sides: [Int]

    package init(name: String, sides: [Int]) {
        self.name = name
        self.sides = sides
    }

    package var description: String { "\(name) \(sides)" }
}

/// A network seen from outside: all that heads may look at when they decide whether they fit.
struct NetworkShape {
    var inputSize: PixelSize
    var outputs: [TensorShape]
    var manifest: ModelManifest
    var facts = FileFacts()

    /// As many as the manifest names, or else the file's metadata.
    var classCount: Int? { (manifest.classes ?? facts.classes)?.count }

    /// More numbers than a row of any network has.
    static let mostColumns = 1 << 20
}

/// A head made for one network's shapes.
struct FittedHead {
    var head: any DetectorHead
    /// How many classes the shapes hold; nil where shapes do not tell.
    var classCount: Int?
    /// Taken when the manifest names no classes.
    var classNames: [String]?
    /// What was assumed beyond the family itself, in words.
    var assumptions: [String] = []
}

/// Why a head does not fit.
struct Misfit: Error {
    var reason: String
}

/// One family of detectors.
struct HeadRow: Sendable {
    let name: String
    /// Used when neither network nor manifest tells a size.
    let defaultSize: Int
    /// How the family's own training code feeds its networks.
    let inputSpec: @Sendable (PixelSize) -> InputSpec
    /// Makes a head, or tells why the network is not of this family.
    let fit: @Sendable (NetworkShape) throws(Misfit) -> FittedHead
}

/// The families, in the order in which a network without a manifest is compared with them.
package enum HeadTable {
    static let rows: [HeadRow] = [
        YuNetHead.row, SSDHead.row, NanoDetHead.row, FastestDetHead.row, YOLOXHead.row, NanoDetPlusHead.row,
        YOLOv8Head.row, YOLOv5Head.row, EndToEndHead.row,
    ]

    static func row(named name: String) -> HeadRow? { rows.first { $0.name == name } }

    /// Width and height that networks of a family mostly take; nil when there is no such family.
    package static func defaultSize(of name: String) -> Int? { row(named: name)?.defaultSize }

    /// For messages.
    package static var names: String { rows.map(\.name).joined(separator: ", ") }
}

/// One object as a head sees it, before suppression: pixels of the network's input.
struct Candidate: Sendable, Equatable {
    var classIndex: Int
    var score: Float
    var left: Float
    var top: Float
    var right: Float
    var bottom: Float
    /// At most `Landmarks.most`; empty for heads that give none.
    var landmarks: [SIMD2<Float>] = []
}

/// A class that is looked for.
struct WantedClass: Sendable, Equatable {
    /// Its number in the network's outputs.
    var index: Int
    /// Raw scores at or below it do not count.
    var floor: Float
}

extension [WantedClass] {
    /// What no class needs to be looked at for; infinity when nothing is wanted.
    var lowestFloor: Float { map(\.floor).min() ?? .infinity }
}

/// Turns output tensors into candidates.
protocol DetectorHead: Sendable {
    /// Every candidate of the wanted classes whose score is above its class's floor, in no particular order, with its
    /// landmarks if the network finds some. Outputs that are missing, too small or full of NaN give fewer candidates, never a crash.
    func candidates(in outputs: [TensorView], classes: [WantedClass]) -> [Candidate]
}

/// The numbers of one output; reading past the end gives NaN, which no comparison lets through.
@safe struct TensorReader {
    private let values: UnsafeBufferPointer<Float>
    let shape: [Int]

    init(_ view: TensorView) {
        unsafe values = view.values
        shape = view.shape
    }

    var count: Int { unsafe values.count }

    subscript(index: Int) -> Float {
        // SAFETY: the index lies inside the buffer.
        index >= 0 && index < count ? unsafe values[index] : .nan
    }
}

extension [TensorView] {
    /// The output called `name`. Outputs may come in any order.
    func named(_ name: String) -> TensorReader? { first { $0.name == name }.map(TensorReader.init) }
}

extension PixelSize {
    /// Cells across and down of a feature map of this stride (rounded up).
    func grid(stride: Int) -> (across: Int, down: Int) {
        ((width + stride - 1) / stride, (height + stride - 1) / stride)
    }

    /// Cells of all feature maps together.
    func cells(strides: [Int]) -> Int {
        strides.reduce(0) { sum, stride in
            let (across, down) = grid(stride: stride)
            return sum + across * down
        }
    }
}
