import Base

/// The cells of a camera's picture in which something has moved since it was asked last.
struct MotionMask: Sendable {
    private(set) var grid = CellGrid()
    private(set) var moved: [UInt8] = []
    /// A frame was a new scene: which of its cells moved is not known.
    private(set) var hasNewScene = false

    /// Adds the cells of one frame (1 where something has changed), row by row; another number of cells is another picture.
    mutating func add(_ changed: [UInt8], across: Int, isNewScene: Bool) {
        hasNewScene = hasNewScene || isNewScene
        guard across == grid.across, changed.count == moved.count else {
            grid = CellGrid(across: across, down: across > 0 ? changed.count / across : 0)
            moved = changed
            return
        }
        unsafe changed.withUnsafeBufferPointer { changed in
            // SAFETY: both have as many cells, checked above.
            for cell in moved.indices { unsafe moved[cell] |= changed[cell] }
        }
    }

    mutating func clear() {
        for cell in moved.indices { moved[cell] = 0 }
        hasNewScene = false
    }
}
