/// Turns, scales and moves points of a plane, and never mirrors them: (x, y) ↦ (a x − b y + dx, b x + a y + dy).
package struct SimilarityTransform: Sendable, Equatable {
    package let a: Double
    package let b: Double
    package let dx: Double
    package let dy: Double

    private init(a: Double, b: Double, dx: Double, dy: Double) {
        (self.a, self.b, self.dx, self.dy) = (a, b, dx, dy)
    }

    /// The one that brings the points nearest to the targets, in the sum of squared distances: Umeyama, "Least-squares
    /// estimation of transformation parameters between two point patterns" (1991), which in the plane has this closed form.
    /// - Returns: nil for different counts, for fewer than two points, and when all of them lie in one place.
    package init?(from points: [Point], to targets: [Point]) {
        guard points.count == targets.count, points.count >= 2, let from = Self.mean(points),
            let to = Self.mean(targets)
        else { return nil }
        var (spread, along, across) = (0.0, 0.0, 0.0)
        for (point, target) in zip(points, targets) {
            let (x, y, u, v) = (point.x - from.x, point.y - from.y, target.x - to.x, target.y - to.y)
            spread += x * x + y * y
            along += x * u + y * v
            across += x * v - y * u
        }
        let (a, b) = (along / spread, across / spread)
        guard a.isFinite, b.isFinite, a != 0 || b != 0 else { return nil }
        self.init(a: a, b: b, dx: to.x - a * from.x + b * from.y, dy: to.y - b * from.x - a * from.y)
    }

    /// By how much lengths grow; above 0.
    package var scale: Double { (a * a + b * b).squareRoot() }

    package func apply(to point: Point) -> Point {
        Point(x: a * point.x - b * point.y + dx, y: b * point.x + a * point.y + dy)
    }

    package var inverse: SimilarityTransform {
        let square = a * a + b * b
        let (c, d) = (a / square, -b / square)
        return SimilarityTransform(a: c, b: d, dx: -c * dx + d * dy, dy: -d * dx - c * dy)
    }

    private static func mean(_ points: [Point]) -> Point? {
        let sum = points.reduce((x: 0.0, y: 0.0)) { ($0.x + $1.x, $0.y + $1.y) }
        guard sum.x.isFinite, sum.y.isFinite else { return nil }
        return Point(x: sum.x / Double(points.count), y: sum.y / Double(points.count))
    }
}
