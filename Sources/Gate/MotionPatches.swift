package import Base

/// Cells that moved and lie together.
package struct MotionPatch: Sendable, Equatable {
    /// How many cells.
    package var count: Int
    /// Where they are.
    package var area: CellArea
    /// Where the patch was when it came up; of patches that grew together, where the oldest was.
    package var origin: CellArea
    package var bornAt: MonotonicTime
}

/// Follows patches of motion from look to look, to know where each of them came up: what somebody at rest moves comes up
/// where they are, and whoever walks in front of a parked car came up beside it.
struct MotionPatches {
    /// A patch that is not seen for this long has ended.
    private static let memory: Duration = .milliseconds(1500)
    /// Cells this far apart belong together; patches this far from a former one are its continuation.
    private static let reach = 2
    /// What comes up this near to a patch of another origin is its shadow or reflection.
    private static let shadow = 6
    /// More than these are leaves in a storm; the rest belongs to none.
    private static let most = 256

    /// Of each cell the patch that it belongs to, or -1.
    private(set) var owners: [Int16] = []
    private(set) var patches: [MotionPatch] = []
    private var grid = CellGrid()
    private var seenAt: MonotonicTime?

    /// Parts the moved cells of the look at `time` into patches.
    mutating func follow(_ mask: MotionMask, at time: MonotonicTime) {
        let isContinued = seenAt.map { time >= $0 && time - $0 <= Self.memory } ?? false
        let before = isContinued && grid == mask.grid ? (owners, patches) : ([], [])
        grid = mask.grid
        owners = [Int16](repeating: -1, count: grid.count)
        patches = []
        guard mask.moved.contains(1) else { return }
        seenAt = time
        for cell in mask.moved.indices where mask.moved[cell] != 0 && owners[cell] < 0 && patches.count < Self.most {
            patches.append(patch(from: cell, mask.moved, before.0, before.1, time))
        }
        let old = patches.filter { $0.bornAt < time }
        for index in patches.indices where patches[index].bornAt == time {
            let (area, count) = (patches[index].area.grown(by: Self.shadow, inside: grid), patches[index].count)
            guard let caster = old.first(where: { $0.count > count && $0.area.intersection(with: area).count > 0 })
            else { continue }
            (patches[index].origin, patches[index].bornAt) = (caster.origin, caster.bornAt)
        }
    }

    /// Collects all cells that are connected with `first`.
    private mutating func patch(
        from first: Int, _ moved: [UInt8], _ formerOwners: [Int16], _ former: [MotionPatch], _ time: MonotonicTime
    ) -> MotionPatch {
        let number = Int16(patches.count)
        var open = [first]
        var (count, area) = (0, CellArea(columns: 0..<0, rows: 0..<0))
        var ancestors = Set<Int16>()
        owners[first] = number
        while let cell = open.popLast() {
            let (column, row) = (cell % grid.across, cell / grid.across)
            count += 1
            area = area.union(with: CellArea(columns: column..<column + 1, rows: row..<row + 1))
            for y in max(0, row - Self.reach)...min(grid.down - 1, row + Self.reach) {
                for x in max(0, column - Self.reach)...min(grid.across - 1, column + Self.reach) {
                    let near = y * grid.across + x
                    if !formerOwners.isEmpty, formerOwners[near] >= 0 { ancestors.insert(formerOwners[near]) }
                    guard moved[near] != 0, owners[near] < 0 else { continue }
                    owners[near] = number
                    open.append(near)
                }
            }
        }
        let oldest = ancestors.map { former[Int($0)] }.min { $0.bornAt < $1.bornAt }
        return MotionPatch(
            count: count, area: area, origin: oldest?.origin ?? area, bornAt: oldest?.bornAt ?? time)
    }
}
