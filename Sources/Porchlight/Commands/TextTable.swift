/// Columns of text for people.
enum TextTable {
    /// One line per row, as many columns as the first row has.
    /// - Parameter rightFrom: columns from this one on are numbers and stand to the right.
    static func lines(_ rows: [[String]], rightFrom: Int = .max) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
                return column < rightFrom ? cell.0 + space : space + cell.0
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }
}
