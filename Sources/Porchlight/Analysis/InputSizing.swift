import Base
import Infer
import Interpret

/// Which input a network gets for a picture.
enum InputSizing: Equatable, CustomStringConvertible {
    /// The same for all: they lie inside of it.
    case fixed(PixelSize)
    /// One of the picture's own shape.
    case own(PixelBudget)

    func inputShape(for picture: PixelSize) -> PixelSize {
        switch self {
        case .fixed(let size): size
        case .own(let budget): budget.inputShape(for: picture)
        }
    }

    /// For a picture that is shown as large as it is.
    /// - Returns: nil when no input is large enough.
    func inputShape(holding picture: PixelSize) -> PixelSize? {
        let shape: PixelSize?
        switch self {
        case .fixed(let size): shape = size
        case .own(let budget):
            func side(_ length: Int) -> Int { (length + budget.multipleOf - 1) / budget.multipleOf * budget.multipleOf }
            let least = PixelSize(width: side(picture.width), height: side(picture.height))
            shape = least.flatMap { $0.width * $0.height <= budget.pixels ? $0 : nil }
        }
        return shape.flatMap { $0.width >= picture.width && $0.height >= picture.height ? $0 : nil }
    }

    var description: String {
        switch self {
        case .fixed(let size): "\(size)"
        case .own(let budget): "the picture's shape, \(budget.pixels) pixels"
        }
    }
}

extension NetworkFile {
    /// `[1, 3, height, width]`, with the sides that the file gives.
    func inputShape(width: Int, height: Int) -> [Int] {
        let sides = inputSides ?? []
        func given(_ axis: Int) -> Int? { sides.indices.contains(axis) ? sides[axis] : nil }
        return [given(0) ?? 1, given(1) ?? 3, given(2) ?? height, given(3) ?? width]
    }

    /// `[1, 3, height, width]` with the batch and the colours that the file gives.
    func inputShape(of size: PixelSize) -> [Int] {
        Array(inputShape(width: size.width, height: size.height).prefix(2)) + [size.height, size.width]
    }

    /// What it says of itself beside its shapes.
    var facts: FileFacts { FileFacts(metadata: metadata, takesSamples: takesWholeNumbers) }

    /// Whether height or width are open.
    var hasOpenSize: Bool { inputSides.map { $0.dropFirst(2).contains(nil) } ?? true }
}

extension PixelSize {
    /// As an input of three colours.
    var inputShape: [Int] { [1, 3, height, width] }

    /// What is asked of cameras unless the config says otherwise.
    static var usualPicture: PixelSize? { PixelSize(width: 1280, height: 720) }
}
