package import Base
import Kernels

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

    /// Flicker beyond this many levels makes a cell no blinder.
    private static let mostNoise: Float = 40
    /// So many cells tell how much lighter the picture became.
    private static let lightSamples = 255

    /// What each cell usually is, and what it is in the latest frame; both longer than the cells are many.
    private(set) var average: [Float] = []
    /// Mean absolute difference of a cell from its average.
    private var noise: [Float] = []
    private(set) var current: [Float] = []
    /// Which cells of the latest frame differ (1) or do not (0), row by row; none when nothing could be compared.
    private(set) var changed: [UInt8] = []
    private var differences: [Float] = []
    var cellsAcross: Int { grid.across }
    var cellsDown: Int { grid.down }
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
        if Double(changed) > Self.newSceneShare * Double(cells) { return learnAnew() }
        return Change(changedCells: changed, cells: cells, isNewScene: false)
    }

    private var cells: Int { grid.across * grid.down }

    private mutating func reset(to size: (across: Int, down: Int)) {
        grid = size
        // Kernels read whole vectors, and so beyond the last cell.
        current = [Float](repeating: 0, count: cells + PlaneGuard.floats)
        average = current
        noise = [Float](repeating: 2, count: current.count)
        changed = [UInt8](repeating: 0, count: cells)
        differences.reserveCapacity(2 * Self.lightSamples)
    }

    private mutating func learnAnew() -> Change {
        for cell in 0..<cells { (average[cell], changed[cell]) = (current[cell], 0) }
        return Change(changedCells: cells, cells: cells, isNewScene: true)
    }

    /// How much the whole picture became lighter or darker, by automatic exposure or a cloud: the median of the
    /// differences of some cells, which moving things cannot shift as they could the mean.
    private mutating func lightShift() -> Float {
        let step = max(1, cells / Self.lightSamples)
        differences.removeAll(keepingCapacity: true)
        for cell in stride(from: step / 2, to: cells, by: step) { differences.append(current[cell] - average[cell]) }
        return differences.median() ?? 0
    }

    /// Counts changed cells and moves average and noise towards the frame.
    private mutating func learn(seconds: Double, shift: Float) -> Int {
        // Leaves that wave all day raise their own threshold; somebody who passes once hardly does.
        let rule = BackgroundRule(
            shift: shift, leastDifference: Self.leastDifference, noiseFactor: Self.noiseFactor,
            mostNoise: Self.mostNoise, quiet: Float(min(1, seconds / Self.quietSeconds)),
            slow: Float(min(1, seconds / Self.changedSeconds)))
        let count = cells
        return unsafe current.withUnsafeBufferPointer { current in
            unsafe average.withUnsafeMutableBufferPointer { average in
                unsafe noise.withUnsafeMutableBufferPointer { noise in
                    unsafe changed.withUnsafeMutableBufferPointer { changed in
                        guard let current = current.baseAddress, let average = average.baseAddress,
                            let noise = noise.baseAddress, let changed = changed.baseAddress
                        else { return 0 }
                        // SAFETY: all were made for this many cells, the floats with a guard behind them.
                        return unsafe KernelTable.best.pictures.follow(
                            BackgroundCells(
                                current: current, average: average, noise: noise, changed: changed, count: count),
                            rule)
                    }
                }
            }
        }
    }
}
