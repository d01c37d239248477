package import Base

/// What moved in front of a camera between two looks, and what that says about a box in the picture.
package struct SceneMotion: Sendable {
    /// A patch belongs to a box when this share of it lies inside, or one cell beside it.
    private static let ownShare = 0.6
    /// A scene in which edges changed in more than this share of its parts is shaken, or its light changed.
    private static let everywhere = 0.8
    private static let parts = 4
    /// An edge: cells beside each other that differ by this many levels. A part of the picture counts with this many.
    private static let edge: Float = 12
    private static let leastEdges = 8
    private static let leastParts = 5

    let grid: CellGrid
    let moved: [UInt8]
    let owners: [Int16]
    /// Cells that moved together.
    package let patches: [MotionPatch]
    private let current: [Float]
    private let average: [Float]
    /// The whole scene changed, so that no single box is known to have.
    package let isUnclear: Bool

    init(_ mask: MotionMask, _ patches: MotionPatches, _ background: BackgroundModel) {
        grid = mask.grid
        moved = mask.moved
        owners = patches.owners
        self.patches = patches.patches
        current = background.current
        average = background.average
        isUnclear = mask.hasNewScene || Self.isEverywhere(mask, background.average)
    }

    /// Boxes around the patches, in ratios of the frame; the largest patches first, at most `most`.
    package func areas(atMost most: Int) -> [NormalizedBox] {
        let (across, down) = (Double(max(1, grid.across)), Double(max(1, grid.down)))
        return patches.sorted { $0.count > $1.count }.prefix(most).compactMap { patch in
            NormalizedBox(
                left: Double(patch.area.columns.lowerBound) / across, top: Double(patch.area.rows.lowerBound) / down,
                width: Double(patch.area.columns.count) / across, height: Double(patch.area.rows.count) / down)
        }
    }

    /// What moved inside a box.
    /// - Parameter others: what lies in these boxes is explained by them.
    package func motion(in box: NormalizedBox, apartFrom others: [NormalizedBox] = []) -> BoxMotion {
        guard !isUnclear else { return .unclear }
        let area = grid.area(of: box), covers = others.map { grid.area(of: $0) }
        guard area.count > 0, owners.count == grid.count else { return .none }
        let light = LightChange(from: average, to: current, around: area, in: grid)
        var (changed, inside) = (0, [Int: Int]())
        for row in area.rows {
            for column in area.columns {
                let cell = row * grid.across + column
                guard moved[cell] != 0, !light.explains(average[cell], current[cell]),
                    !covers.contains(where: { $0.columns.contains(column) && $0.rows.contains(row) })
                else { continue }
                changed += 1
                if owners[cell] >= 0 { inside[Int(owners[cell]), default: 0] += 1 }
            }
        }
        let border = area.grown(by: 1, inside: grid)
        let own = inside.filter { share(of: $0.key, inside: border) >= Self.ownShare }
        let born = own.filter { Self.share(of: patches[$0.key].origin, inside: border) >= Self.ownShare }
        return BoxMotion(
            share: Double(changed) / Double(area.count), own: own.values.reduce(0, +),
            bornInside: born.values.reduce(0, +), cells: area.count)
    }

    /// The share of a patch's cells inside `area`.
    private func share(of patch: Int, inside area: CellArea) -> Double {
        var count = 0
        for row in area.rows {
            for column in area.columns where owners[row * grid.across + column] == Int16(patch) { count += 1 }
        }
        return Double(count) / Double(max(1, patches[patch].count))
    }

    private static func share(of part: CellArea, inside area: CellArea) -> Double {
        Double(part.intersection(with: area).count) / Double(max(1, part.count))
    }

    /// Whether edges changed all over the picture. One who walks by changes a part of it, however near.
    private static func isEverywhere(_ mask: MotionMask, _ average: [Float]) -> Bool {
        let grid = mask.grid
        var (edges, changed) = ([Int](repeating: 0, count: parts * parts), [Int](repeating: 0, count: parts * parts))
        guard grid.across > 1, grid.down > 1, average.count >= grid.count else { return false }
        for row in 0..<grid.down - 1 {
            for column in 0..<grid.across - 1 {
                let cell = row * grid.across + column
                let steps = max(
                    abs(average[cell + 1] - average[cell]), abs(average[cell + grid.across] - average[cell]))
                guard steps > edge else { continue }
                let part = row * parts / grid.down * parts + column * parts / grid.across
                edges[part] += 1
                changed[part] += Int(mask.moved[cell])
            }
        }
        let known = edges.indices.filter { edges[$0] >= leastEdges }
        let moving = known.count { 4 * changed[$0] > edges[$0] }
        return known.count >= leastParts && Double(moving) > everywhere * Double(known.count)
    }
}

/// How the light changed around a box: `current = gain * average + offset`, by least squares over the cells around it, the
/// offset by their median. Headlights and automatic exposure brighten the box by the same rule; what moves in it does not
/// follow it.
struct LightChange {
    private static let gains: ClosedRange<Float> = 0.5...2
    /// Levels of 255 that the rule may be off.
    private static let leastDifference: Float = 9
    /// So many cells around the box tell.
    private static let samples = 400
    private var gain: Float = 1
    private var offset: Float = 0

    init(from average: [Float], to current: [Float], around area: CellArea, in grid: CellGrid) {
        let margin = max(2, max(area.columns.count, area.rows.count) / 4)
        let around = area.grown(by: margin, inside: grid)
        let step = max(1, (around.count - area.count) / Self.samples)
        var (pairs, index): ([(from: Float, to: Float)], Int) = ([], 0)
        for row in around.rows {
            for column in around.columns where !(area.columns.contains(column) && area.rows.contains(row)) {
                index += 1
                guard index % step == 0 else { continue }
                pairs.append((average[row * grid.across + column], current[row * grid.across + column]))
            }
        }
        // The box fills the picture: nothing tells what the light does.
        guard pairs.count > 8 else { return }
        let count = Float(pairs.count)
        let from = pairs.reduce(0) { $0 + $1.from } / count, to = pairs.reduce(0) { $0 + $1.to } / count
        let spread = pairs.reduce(0) { $0 + ($1.from - from) * ($1.from - from) } / count
        let shared = pairs.reduce(0) { $0 + ($1.from - from) * ($1.to - to) } / count
        gain = spread > 1 ? min(Self.gains.upperBound, max(Self.gains.lowerBound, shared / spread)) : 1
        var rest = pairs.map { $0.to - gain * $0.from }
        offset = rest.median() ?? 0
    }

    func explains(_ average: Float, _ current: Float) -> Bool {
        abs(current - gain * average - offset) <= Self.leastDifference * max(1, gain)
    }
}
