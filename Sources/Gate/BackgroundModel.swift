package import Base

/// What a camera sees when nothing happens: a slow average of the luma at 1/8 of the size, and for each cell how much
/// it flickers by itself.
package struct BackgroundModel {
    /// What one frame was like against the background.
    package struct Change: Equatable {
        /// Cells that differ by more than their own noise explains.
        package var changedCells: Int
        package var cells: Int
        /// Nothing could be compared: the first frame, another size, or a wholly new scene.
        package var isNewScene: Bool
    }

    /// Quiet cells follow the scene within about this many seconds, ...
    private static let quietSeconds = 2.0
    /// ... changed ones within about this many, so that a parked car becomes background and a visitor does not at once.
    private static let changedSeconds = 15.0
    /// A cell counts as changed when it differs by this many levels of 255 ...
    private static let leastDifference: Float = 9
    /// ... and by this many times its own noise.
    private static let noiseFactor: Float = 5
    /// More than this share of changed cells is another scene (light switched, camera turned), not motion in it.
    private static let newSceneShare = 0.6

    private var average: [Float] = []
    /// Mean absolute difference of a cell from its average.
    private var noise: [Float] = []
    private var current: [Float] = []
    /// Which cells of the latest frame differ, row by row; none when nothing could be compared.
    private(set) var changed: [Bool] = []
    var cellsAcross: Int { grid.across }
    private var grid: (across: Int, down: Int) = (0, 0)
    private var updatedAt: MonotonicTime?

    package init() {}

    /// Compares a frame with the background, then learns from it.
    /// - Parameter isEighth: each of its pixels stands for 8x8 of the camera's.
    package mutating func update(with frame: Frame, isEighth: Bool = false) -> Change {
        let size = LumaGrid.size(of: frame, isEighth: isEighth)
        let isResized = size != grid
        if isResized { reset(to: size) }
        LumaGrid.fill(&current, from: frame, isEighth: isEighth)
        let seconds = updatedAt.map { max(0, min(60, (frame.capturedAt - $0).inSeconds)) } ?? 0
        defer { updatedAt = max(frame.capturedAt, updatedAt ?? frame.capturedAt) }
        guard !isResized else { return learnAnew() }
        let changed = learn(seconds: seconds, shift: lightShift())
        if Double(changed) > Self.newSceneShare * Double(current.count) { return learnAnew() }
        return Change(changedCells: changed, cells: current.count, isNewScene: false)
    }

    private mutating func reset(to size: (across: Int, down: Int)) {
        grid = size
        let cells = size.across * size.down
        average = [Float](repeating: 0, count: cells)
        noise = [Float](repeating: 2, count: cells)
        current = average
        changed = [Bool](repeating: false, count: cells)
    }

    private mutating func learnAnew() -> Change {
        average = current
        changed = [Bool](repeating: false, count: current.count)
        return Change(changedCells: current.count, cells: current.count, isNewScene: true)
    }

    /// How much the whole picture became lighter or darker, by automatic exposure or a cloud: the median of the
    /// differences of some cells, which moving things cannot shift as they could the mean.
    private func lightShift() -> Float {
        let step = max(1, current.count / 255)
        var differences = stride(from: step / 2, to: current.count, by: step).map { current[$0] - average[$0] }
        guard !differences.isEmpty else { return 0 }
        differences.sort()
        return differences[differences.count / 2]
    }

    /// Counts changed cells and moves average and noise towards the frame.
    private mutating func learn(seconds: Double, shift: Float) -> Int {
        let quiet = Float(min(1, seconds / Self.quietSeconds))
        let slow = Float(min(1, seconds / Self.changedSeconds))
        var count = 0
        for cell in current.indices {
            let difference = current[cell] - average[cell]
            let distance = abs(difference - shift)
            let isChanged = distance > max(Self.leastDifference, Self.noiseFactor * noise[cell])
            count += isChanged ? 1 : 0
            changed[cell] = isChanged
            average[cell] += (isChanged ? slow : quiet) * difference
            // Leaves that wave all day raise their own threshold; somebody who passes once hardly does.
            noise[cell] += (isChanged ? slow : quiet) * (min(distance, 40) - noise[cell])
        }
        return count
    }
}
