package import Base

/// Whether something moves in front of one camera. It would rather see motion that is none than miss a visitor:
/// all it decides is whether the network looks.
package struct MotionGate {
    private var background = BackgroundModel()
    private var isMoving = false
    private var framesSeen = 0
    private var mask = MotionMask()
    private var patches = MotionPatches()
    private var latest = MonotonicTime(nanoseconds: 0)

    /// Frames at the start that count as motion: exposure settles, and nothing is known yet.
    package static let settlingFrames = 10
    /// Motion begins with this many changed cells of 8x8 pixels (or a 2000th of the picture if that is more): a cat at
    /// the far end of a garden in 720p. It ends below half of that.
    private static let leastCells = 6

    package init() {}

    /// Compares the frame with the background and learns from it. Every frame of the camera must pass here, in order.
    /// - Parameter isEighth: the frame is `.gray8`, and each of its pixels stands for 8x8 of the camera's.
    package mutating func sawMotion(in frame: Frame, isEighth: Bool = false) -> Bool {
        latest = frame.capturedAt
        let change = background.update(with: frame, isEighth: isEighth)
        mask.add(background.changed, across: background.cellsAcross, isNewScene: change.isNewScene)
        framesSeen = min(framesSeen + 1, Self.settlingFrames + 1)
        let begin = max(Self.leastCells, change.cells / 2000)
        isMoving = change.isNewScene || change.changedCells >= (isMoving ? (begin + 1) / 2 : begin)
        return isMoving || framesSeen <= Self.settlingFrames
    }

    /// The latest frame's cells, for `SceneWatch`.
    package func cells(of frame: Frame, isEighth: Bool) -> CellPicture {
        CellPicture(
            grid: CellGrid(across: background.cellsAcross, down: background.cellsDown), cells: background.current,
            isEighth: isEighth, isFullRange: frame.isFullRange, time: frame.capturedAt)
    }

    /// What has moved since the last call, up to the latest frame.
    package mutating func takeMotion() -> SceneMotion {
        defer { mask.clear() }
        patches.follow(mask, at: latest)
        return SceneMotion(mask, patches, background)
    }
}
