import Base

/// A rectangle of cells: columns and rows, the last ones left out.
package struct CellArea: Sendable, Equatable {
    package var columns: Range<Int>
    package var rows: Range<Int>

    package init(columns: Range<Int>, rows: Range<Int>) {
        self.columns = columns
        self.rows = rows
    }

    package var count: Int { columns.count * rows.count }

    func intersection(with other: CellArea) -> CellArea {
        CellArea(columns: columns.clamped(to: other.columns), rows: rows.clamped(to: other.rows))
    }

    func union(with other: CellArea) -> CellArea {
        guard count > 0 else { return other }
        guard other.count > 0 else { return self }
        return CellArea(
            columns: min(
                columns.lowerBound, other.columns.lowerBound)..<max(
                    columns.upperBound, other.columns.upperBound),
            rows: min(rows.lowerBound, other.rows.lowerBound)..<max(rows.upperBound, other.rows.upperBound))
    }

    /// So many cells more on every side, inside `grid`.
    func grown(by cells: Int, inside grid: CellGrid) -> CellArea {
        CellArea(
            columns: max(0, columns.lowerBound - cells)..<min(grid.across, columns.upperBound + cells),
            rows: max(0, rows.lowerBound - cells)..<min(grid.down, rows.upperBound + cells))
    }
}

/// How many cells a picture has.
struct CellGrid: Sendable, Equatable {
    var across = 0
    var down = 0

    var count: Int { across * down }

    /// Which of `parts` by `parts` equal parts of the picture a cell lies in, row by row.
    func part(ofRow row: Int, _ column: Int, _ parts: Int) -> Int {
        row * parts / down * parts + column * parts / across
    }

    /// The cells that a box touches; empty when it lies outside the picture or has no size.
    func area(of box: NormalizedBox) -> CellArea {
        CellArea(
            columns: Self.cells(box.left, box.right, across), rows: Self.cells(box.top, box.bottom, down))
    }

    private static func cells(_ from: Double, _ to: Double, _ count: Int) -> Range<Int> {
        guard to > from else { return 0..<0 }
        let first = max(0, min(Double(count), (from * Double(count)).rounded(.down)))
        let last = max(first, min(Double(count), (to * Double(count)).rounded(.up)))
        return Int(first)..<Int(last)
    }
}
