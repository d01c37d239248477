/// A scene in grey, small enough to be judged every second: no more than 160 cells across, whatever the camera's size, with
/// luma as if it spanned 0...255.
struct ScenePicture: Sendable, Equatable {
    static let mostAcross = 160

    private(set) var grid = CellGrid()
    private(set) var cells: [Float] = []

    init() {}

    init(grid: CellGrid, cells: [Float]) {
        self.grid = grid
        self.cells = cells
    }

    init(_ picture: CellPicture) {
        let most = max(1, (picture.grid.across + Self.mostAcross - 1) / Self.mostAcross)
        self = ScenePicture(grid: picture.grid, cells: picture.cells).pooled(by: most)
        for cell in cells.indices { cells[cell] = picture.level(cells[cell]) }
    }

    /// The means of squares of so many cells; what does not fill one is left out.
    func pooled(by side: Int) -> ScenePicture {
        let (across, down) = (grid.across / side, grid.down / side)
        guard across > 0, down > 0, cells.count >= grid.count else { return ScenePicture() }
        guard side > 1 else { return ScenePicture(grid: grid, cells: Array(cells.prefix(grid.count))) }
        var pooled = [Float](repeating: 0, count: across * down)
        for row in 0..<down * side {
            let (from, to) = (row * grid.across, row / side * across)
            for column in 0..<across * side { pooled[to + column / side] += cells[from + column] }
        }
        let share = 1 / Float(side * side)
        for cell in pooled.indices { pooled[cell] *= share }
        return ScenePicture(grid: CellGrid(across: across, down: down), cells: pooled)
    }

    /// Goes so much of the way to another picture; becomes it when the sizes differ.
    mutating func follow(_ other: ScenePicture, share: Float) {
        guard other.grid == grid, other.cells.count == cells.count else {
            self = other
            return
        }
        for cell in cells.indices { cells[cell] += (other.cells[cell] - cells[cell]) * share }
    }

    var mean: Float { cells.isEmpty ? 0 : cells.reduce(0, +) / Float(cells.count) }

    /// How fast the luma changes at each cell, in levels per cell; 0 at the border.
    var slopes: [Float] {
        var slopes = [Float](repeating: 0, count: cells.count)
        eachSlope { cell, x, y in slopes[cell] = (x * x + y * y).squareRoot() }
        return slopes
    }

    /// - Parameter body: gets each cell off the border with its slope across and down.
    func eachSlope(_ body: (_ cell: Int, _ x: Float, _ y: Float) -> Void) {
        guard grid.across > 2, grid.down > 2 else { return }
        for row in 1..<grid.down - 1 {
            for cell in row * grid.across + 1..<(row + 1) * grid.across - 1 {
                body(
                    cell, (cells[cell + 1] - cells[cell - 1]) / 2,
                    (cells[cell + grid.across] - cells[cell - grid.across]) / 2)
            }
        }
    }
}

/// How often each value occurs, rounded down to steps; what lies beyond the last step counts there.
private struct ValueCounts {
    private let steps: Float
    private(set) var counts: [Int]
    private let all: Double

    /// - Parameter steps: for each unit of the values.
    init(of values: [Float], steps: Float = 1, most: Int) {
        (self.steps, all) = (steps, Double(values.count))
        counts = [Int](repeating: 0, count: most + 1)
        for value in values { counts[Int(max(0, min(Float(most), value * steps)))] += 1 }
    }

    /// The value that this share of all does not exceed.
    func value(notExceededBy share: Double) -> Float {
        var (sum, step) = (0, 0)
        while step < counts.count - 1, Double(sum + counts[step]) < share * all {
            sum += counts[step]
            step += 1
        }
        return Float(step) / steps
    }

    /// How many of all lie in these steps.
    func share(of steps: some Sequence<Int>) -> Double {
        Double(steps.reduce(0) { $0 + counts[$1] }) / max(1, all)
    }
}

/// How bright the cells of a picture are.
struct LightLevels {
    /// Nearly all of a dark picture is below this: nothing in it could be told from noise.
    private static let black = 24
    private static let white = 240
    private static let whiteShare = 0.7
    private static let blackShare = 0.99

    let isDark: Bool
    let isOverExposed: Bool
    /// Level that 95 % of the cells do not exceed.
    let bright: Float

    init(of picture: ScenePicture) {
        let levels = ValueCounts(of: picture.cells, most: 255)
        isDark = levels.share(of: 0..<Self.black) >= Self.blackShare
        isOverExposed = levels.share(of: Self.white...255) >= Self.whiteShare
        bright = levels.value(notExceededBy: 0.95)
    }
}

/// How much detail a picture has.
struct DetailLevels {
    let grid: CellGrid
    /// Of each cell, in levels per cell.
    let slopes: [Float]
    /// Slopes that 90 % and 98 % of the cells do not exceed.
    let usual: Float
    let strong: Float

    init(of picture: ScenePicture) {
        (grid, slopes) = (picture.grid, picture.slopes)
        let levels = ValueCounts(of: slopes, steps: 8, most: 1023)
        (usual, strong) = (levels.value(notExceededBy: 0.9), levels.value(notExceededBy: 0.98))
    }

    /// Nothing has an edge, for the light there is: what is so close to the lens has none.
    fileprivate func isBlank(under bright: Float) -> Bool { strong < 4 && usual < 2.5 && strong < 0.1 * bright }

    /// What shows in a picture that is nearly black is noise.
    fileprivate var isBlack: Bool { strong < 3 }

    /// Of a single picture, with all of its noise.
    fileprivate var mayBeBlank: Bool { strong < 10 }
}

/// Whether a picture shows anything, by itself.
struct Visibility {
    let light: LightLevels
    /// Black, with nothing in it but noise.
    let isDark: Bool
    /// Nothing has an edge.
    let isBlank: Bool

    /// - Parameter recent: the last seconds up to the picture, with less noise.
    init(of picture: ScenePicture, recent: ScenePicture) {
        light = LightLevels(of: picture)
        let detail = DetailLevels(of: recent)
        isDark = light.isDark && detail.isBlack
        isBlank = detail.isBlank(under: light.bright) && DetailLevels(of: picture).mayBeBlank
    }
}
