/// A box in ratios of the full frame, origin top left. It may reach beyond 0...1; sides are finite and not negative.
package struct NormalizedBox: Sendable, Hashable, Codable {
    package let left: Double
    package let top: Double
    package let width: Double
    package let height: Double

    /// Nil for NaN, infinity and negative sides.
    package init?(left: Double, top: Double, width: Double, height: Double) {
        guard left.isFinite, top.isFinite, width.isFinite, height.isFinite, width >= 0, height >= 0 else { return nil }
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    private init(left: Double, top: Double, right: Double, bottom: Double) {
        self.left = left
        self.top = top
        width = max(0, right - left)
        height = max(0, bottom - top)
    }

    /// The whole frame.
    package static let full = NormalizedBox(left: 0, top: 0, right: 1, bottom: 1)

    package var right: Double { left + width }
    package var bottom: Double { top + height }
    package var area: Double { width * height }
    package var center: Point { Point(x: left + width / 2, y: top + height / 2) }

    /// The part inside the frame; a box outside becomes one without area.
    package var clippedToFrame: NormalizedBox { intersection(with: .full) }

    package func intersection(with other: NormalizedBox) -> NormalizedBox {
        NormalizedBox(
            left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
            bottom: min(bottom, other.bottom))
    }

    /// Intersection over union, 0...1; 0 when both have no area.
    package func intersectionOverUnion(with other: NormalizedBox) -> Double {
        let shared = intersection(with: other).area
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }
}

/// A point in ratios of the full frame.
package struct Point: Sendable, Hashable, Codable {
    package let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
