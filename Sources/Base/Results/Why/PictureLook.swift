/// What a part of a picture looks like, small enough to be kept: its luma in 12 x 12 cells, by their difference from their
/// mean. More or less light changes nothing in it; somebody in front of it does.
package struct PictureLook: Sendable, Equatable {
    package static let side = 12
    /// A part whose cells hardly differ looks like any other.
    private static let leastSpread: Float = 4

    /// Row by row; in units of a 32nd of their standard deviation, so that -128...127 holds four of them.
    private let cells: [Int8]

    /// - Parameter luma: the means of 12 x 12 cells, row by row, 0...255.
    /// - Returns: nil for another count, and for a part that is too plain to be known again.
    package init?(luma: [Float]) {
        guard luma.count == Self.side * Self.side, luma.allSatisfy(\.isFinite) else { return nil }
        let mean = luma.reduce(0, +) / Float(luma.count)
        let spread = (luma.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(luma.count)).squareRoot()
        guard spread >= Self.leastSpread else { return nil }
        cells = luma.map { Int8(max(-128, min(127, (($0 - mean) / spread * 32).rounded()))) }
    }

    /// As `hex` spells it.
    package init?(hex: String) {
        guard let bytes = Hex.bytes(hex), bytes.count == Self.side * Self.side else { return nil }
        cells = bytes.map { Int8(bitPattern: $0) }
    }

    package var hex: String { Hex.text(cells.map { UInt8(bitPattern: $0) }) }

    /// How alike both are: the correlation of their cells, -1...1.
    package func likeness(to other: PictureLook) -> Float {
        var (product, mine, others) = (Float(0), Float(0), Float(0))
        for (a, b) in zip(cells, other.cells) {
            product += Float(a) * Float(b)
            mine += Float(a) * Float(a)
            others += Float(b) * Float(b)
        }
        let scale = (mine * others).squareRoot()
        return scale > 0 ? product / scale : 0
    }
}
