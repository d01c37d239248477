/// What moved inside a box of the picture since the look before, counted in cells of 8x8 pixels.
package struct BoxMotion: Sendable, Equatable {
    /// The share of the box's cells that changed beyond what its light explains, 0...1.
    package var share: Double
    /// Cells of patches that lie mostly inside the box: what moves there, and not somebody who passes behind it.
    package var own: Int
    /// Those of them whose patch also came up inside the box. Whoever walks into it came up outside.
    package var bornInside: Int
    /// All cells of the box.
    package var cells: Int
    /// The whole scene changed (light, a shaken camera, nothing known yet): that says nothing about the box.
    package var isUnclear: Bool

    package init(share: Double, own: Int, bornInside: Int, cells: Int, isUnclear: Bool = false) {
        self.share = share
        self.own = own
        self.bornInside = bornInside
        self.cells = cells
        self.isUnclear = isUnclear
    }

    package static let none = BoxMotion(share: 0, own: 0, bornInside: 0, cells: 0)
    package static let unclear = BoxMotion(share: 0, own: 0, bornInside: 0, cells: 0, isUnclear: true)
}
