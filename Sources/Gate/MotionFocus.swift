package import Base

/// Where a second look is worth it: around something small that moves, which the whole picture shows to the network with a
/// few pixels. Pure but for the turn: of several such places each gets its look in turn.
package struct MotionFocus: Sendable {
    /// Fewer cells are noise.
    private static let leastCells = 3
    /// The crop is this many times as large as what moves, with the trail that it leaves for some seconds: the network
    /// needs to see what is around it.
    private static let context = 2.0
    /// A crop that is larger than this share of the picture shows little more than the whole does.
    private static let largest = 0.65
    /// The crop has at least this share of the pixels across that the network takes in: blown up more, nothing is there.
    private static let leastPixels = 0.5
    private static let leastWidth = 64.0

    private var turn = 0

    package init() {}

    /// The part of the picture to look at again, in the picture's own shape; nil when nothing small moves.
    /// - Parameters:
    ///   - size: of the picture in pixels.
    ///   - inputWidth: columns of the network's input that the whole picture gets.
    ///   - found: what the first look is sure of: no second look is needed there.
    package mutating func next(
        in motion: SceneMotion, of size: PixelSize, inputWidth: Int, found: [NormalizedBox]
    ) -> NormalizedBox? {
        guard !motion.isUnclear else { return nil }
        let known = found.map { motion.grid.area(of: $0).grown(by: 1, inside: motion.grid) }
        let small = motion.patches.filter { patch in
            patch.count >= Self.leastCells && !known.contains { $0.contains(middleOf: patch.area) }
        }
        let least = max(Self.leastWidth, Self.leastPixels * Double(inputWidth)) / Double(size.width)
        let crops = small.compactMap { Self.crop(around: $0.area, in: motion.grid, atLeast: least) }
        guard !crops.isEmpty else { return nil }
        turn = (turn + 1) % 720_720
        return crops[turn % crops.count]
    }

    /// In ratios of the picture; width and height are the same share, so that the shape is the picture's own.
    private static func crop(around area: CellArea, in grid: CellGrid, atLeast least: Double) -> NormalizedBox? {
        let (across, down) = (Double(max(1, grid.across)), Double(max(1, grid.down)))
        let extent = max(Double(area.columns.count) / across, Double(area.rows.count) / down)
        // Few sizes, so that the plan of the resize is seldom made anew.
        var side = max(least, 0.1)
        while side < extent * context { side *= 1.15 }
        guard side <= largest else { return nil }
        let x = Double(area.columns.lowerBound + area.columns.upperBound) / 2 / across
        let y = Double(area.rows.lowerBound + area.rows.upperBound) / 2 / down
        return NormalizedBox(
            left: max(0, min(1 - side, x - side / 2)), top: max(0, min(1 - side, y - side / 2)), width: side,
            height: side)
    }
}

extension CellArea {
    fileprivate func contains(middleOf other: CellArea) -> Bool {
        columns.contains((other.columns.lowerBound + other.columns.upperBound) / 2)
            && rows.contains((other.rows.lowerBound + other.rows.upperBound) / 2)
    }
}
