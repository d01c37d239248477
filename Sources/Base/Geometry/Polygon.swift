/// A simple polygon (it may be concave) inside the frame, in ratios.
package struct Polygon: Sendable, Hashable, Codable {
    /// As they were given: the last one may be the first again, as GeoJSON closes its rings.
    package let points: [Point]

    package static let pointCount = 3...10

    /// Why points do not make a polygon.
    package enum Flaw: Error, Sendable, Equatable, CustomStringConvertible {
        case pointCount(Int)
        case outsideFrame(index: Int)
        case repeatedPoint(index: Int)
        case selfCrossing(edges: Int, Int)
        case noArea

        package var description: String {
            switch self {
            case .pointCount(let count):
                "needs \(Polygon.pointCount.lowerBound) to \(Polygon.pointCount.upperBound) points, has \(count)"
            case .outsideFrame(let index): "point \(index) is not inside the frame (0...1)"
            case .repeatedPoint(let index): "point \(index) repeats an earlier one"
            case .selfCrossing(let a, let b): "edges \(a) and \(b) cross"
            case .noArea: "has no area"
            }
        }
    }

    package init(_ points: [Point]) throws(Flaw) {
        let corners = Self.corners(of: points)
        guard Self.pointCount.contains(corners.count) else { throw .pointCount(corners.count) }
        for (index, point) in corners.enumerated() {
            guard Self.frame.contains(point.x), Self.frame.contains(point.y) else { throw .outsideFrame(index: index) }
            guard !corners[..<index].contains(point) else { throw .repeatedPoint(index: index) }
        }
        if let (a, b) = Self.firstCrossing(corners) { throw .selfCrossing(edges: a, b) }
        guard Self.area(corners) > 1e-9 else { throw .noArea }
        self.points = points
    }

    /// Callers compute with 32-bit floats: the frame's edge may come out a little beyond it.
    private static let slack = 1e-6
    private static let frame = -slack...1 + slack

    /// Without a last point that only closes the ring.
    private static func corners(of points: [Point]) -> [Point] {
        guard points.count > pointCount.lowerBound, let first = points.first, let last = points.last,
            abs(first.x - last.x) <= slack, abs(first.y - last.y) <= slack
        else { return points }
        return Array(points.dropLast())
    }

    package var area: Double { Self.area(points) }

    /// Area of the part of this polygon inside `box`, by clipping it against the box's four sides
    /// (Sutherland and Hodgman 1974; right for concave subjects too, since the clip window is convex:
    /// the bridges it leaves enclose no area).
    package func area(inside box: NormalizedBox) -> Double {
        var clipped = points
        clipped = Self.clip(clipped, keeping: { $0.x - box.left })
        clipped = Self.clip(clipped, keeping: { box.right - $0.x })
        clipped = Self.clip(clipped, keeping: { $0.y - box.top })
        clipped = Self.clip(clipped, keeping: { box.bottom - $0.y })
        return Self.area(clipped)
    }

    /// Keeps the side where `distance` is not negative.
    private static func clip(_ points: [Point], keeping distance: (Point) -> Double) -> [Point] {
        guard var previous = points.last else { return [] }
        var kept: [Point] = []
        for point in points {
            let (before, now) = (distance(previous), distance(point))
            if (before < 0) != (now < 0) {
                let share = before / (before - now)
                kept.append(
                    Point(
                        x: previous.x + (point.x - previous.x) * share, y: previous.y + (point.y - previous.y) * share))
            }
            if now >= 0 { kept.append(point) }
            previous = point
        }
        return kept
    }

    /// Shoelace formula.
    private static func area(_ points: [Point]) -> Double {
        guard points.count >= 3, var previous = points.last else { return 0 }
        var doubled = 0.0
        for point in points {
            doubled += previous.x * point.y - point.x * previous.y
            previous = point
        }
        return abs(doubled) / 2
    }

    private static func firstCrossing(_ points: [Point]) -> (Int, Int)? {
        let count = points.count
        for a in 0..<count {
            for b in (a + 1)..<count where b != a + 1 || count == 3 {
                let neighbours = b == a + 1 || (a == 0 && b == count - 1)
                if neighbours { continue }
                if segmentsTouch(points[a], points[a + 1], points[b], points[(b + 1) % count]) { return (a, b) }
            }
        }
        return spike(points)
    }

    /// An edge that runs back over its neighbour.
    private static func spike(_ points: [Point]) -> (Int, Int)? {
        let count = points.count
        for index in 0..<count {
            let (a, b, c) = (points[index], points[(index + 1) % count], points[(index + 2) % count])
            let dot = (a.x - b.x) * (c.x - b.x) + (a.y - b.y) * (c.y - b.y)
            if turn(a, b, c) == 0, dot > 0, count > 3 { return (index, (index + 1) % count) }
        }
        return nil
    }

    /// Twice the signed area of the triangle; 0 for three points in a line, also where rounding left a trace.
    private static func turn(_ a: Point, _ b: Point, _ c: Point) -> Double {
        let doubled = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
        return abs(doubled) < 1e-12 ? 0 : doubled
    }

    private static func segmentsTouch(_ a: Point, _ b: Point, _ c: Point, _ d: Point) -> Bool {
        let (abc, abd, cda, cdb) = (turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b))
        if abc * abd < 0, cda * cdb < 0 { return true }
        func lies(_ p: Point, on q: Point, _ r: Point) -> Bool {
            let slack = 1e-12
            return min(q.x, r.x) - slack <= p.x && p.x <= max(q.x, r.x) + slack && min(q.y, r.y) - slack <= p.y
                && p.y <= max(q.y, r.y) + slack
        }
        return (abc == 0 && lies(c, on: a, b)) || (abd == 0 && lies(d, on: a, b)) || (cda == 0 && lies(a, on: c, d))
            || (cdb == 0 && lies(b, on: c, d))
    }
}
