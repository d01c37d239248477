/// Dense `[batch][rows][columns]` becomes `[batch][columns][rows]`, for few columns: pixels of a picture become planes.
@safe final class PartStep: Step {
    private let rows: Int
    private let columns: Int
    private let batch: Int
    private let from: UnsafeMutablePointer<Float>
    private let to: UnsafeMutablePointer<Float>

    init(
        rows: Int, columns: Int, batch: Int, from: UnsafeMutablePointer<Float>, to: UnsafeMutablePointer<Float>
    ) {
        (self.rows, self.columns, self.batch) = (rows, columns, batch)
        unsafe self.from = unsafe from
        unsafe self.to = unsafe to
    }

    func run(_ part: Part) {
        part.split(batch * rows, grain: 1024) { _, range in
            var index = range.lowerBound
            while index < range.upperBound {
                let (picture, row) = (index / rows, index % rows)
                let count = min(rows - row, range.upperBound - index)
                for column in 0..<columns {
                    let source = unsafe from + index * columns + column
                    let target = unsafe to + (picture * columns + column) * rows + row
                    for place in 0..<count { unsafe target[place] = source[place * columns] }
                }
                index += count
            }
        }
    }
}
