package import Base

/// The cells of a camera's picture in which something has moved since it was asked last.
package struct MotionMask: Sendable {
    /// A few pixels of noise are no motion: so many cells of a box, or this share of them if that is more.
    private static let leastCells = 2
    private static let leastShare = 0.02

    private var across = 0
    private var moved: [UInt8] = []

    package init() {}

    /// Adds the cells of one frame (1 where something has changed), row by row; another number of cells is another picture.
    mutating func add(_ changed: [UInt8], across: Int) {
        guard across == self.across, changed.count == moved.count else {
            (self.across, moved) = (across, changed)
            return
        }
        unsafe changed.withUnsafeBufferPointer { changed in
            // SAFETY: both have as many cells, checked above.
            for cell in moved.indices { unsafe moved[cell] |= changed[cell] }
        }
    }

    mutating func clear() {
        for cell in moved.indices { moved[cell] = 0 }
    }

    /// Whether something moved inside a box of the frame, or right at its edge.
    package func touches(_ box: NormalizedBox) -> Bool {
        guard across > 0 else { return false }
        let down = moved.count / across
        let columns = Self.cells(box.left, box.right, across), rows = Self.cells(box.top, box.bottom, down)
        var count = 0
        for row in rows {
            for column in columns { count += Int(moved[row * across + column]) }
        }
        let cells = columns.count * rows.count
        return cells > 0 && count >= max(min(Self.leastCells, cells), Int(Self.leastShare * Double(cells)))
    }

    private static func cells(_ from: Double, _ to: Double, _ count: Int) -> Range<Int> {
        let first = max(0, min(Double(count), (from * Double(count)).rounded(.down)))
        let last = max(first, min(Double(count), (to * Double(count)).rounded(.up)))
        return Int(first)..<Int(last)
    }
}
