/// A region of interest: admits an object when more than half of its box lies inside
/// (AWS API reference, `RegionOfInterest`).
package enum Region: Sendable, Hashable, Codable {
    case box(NormalizedBox)
    case polygon(Polygon)

    /// An object counts when its overlap is greater than this.
    package static let admittingOverlap = 0.5

    /// The share of `box`, clipped to the frame, that lies inside this region: 0...1.
    package func overlap(of box: NormalizedBox) -> Double {
        let visible = box.clippedToFrame
        guard visible.area > 0 else { return 0 }
        let inside =
            switch self {
            case .box(let region): region.intersection(with: visible).area
            case .polygon(let polygon): polygon.area(inside: visible)
            }
        return min(1, inside / visible.area)
    }
}

extension [Region] {
    /// The overlap with the best single region, since regions are ORed; 1 when there is none (the whole frame counts).
    package func bestOverlap(of box: NormalizedBox) -> Double {
        isEmpty ? 1 : reduce(0) { Swift.max($0, $1.overlap(of: box)) }
    }
}
