import Base
import TestSupport
import Testing

private func points(_ pairs: [(Double, Double)]) -> [Point] { pairs.map { Point(x: $0.0, y: $0.1) } }

private func flaw(_ pairs: [(Double, Double)]) -> Polygon.Flaw? {
    do {
        _ = try Polygon(points(pairs))
        return nil
    } catch { return error }
}

@Suite("Polygons that people draw")
struct PolygonTests {
    /// An L: the unit square without its upper right quarter.
    static let ell = [(0, 0), (0.5, 0), (0.5, 0.5), (1, 0.5), (1, 1), (0, 1)] as [(Double, Double)]

    @Test("sound ones are taken, convex or not, drawn either way round")
    func sound() throws {
        for drawn in [
            Self.ell, [(0, 0), (1, 0), (0, 1)], [(0.1, 0.1), (0.9, 0.2), (0.5, 0.5), (0.8, 0.9), (0.2, 0.8)],
        ] {
            #expect(flaw(drawn) == nil)
            #expect(flaw(drawn.reversed()) == nil)
        }
        #expect(try Polygon(points(Self.ell)).area == 0.75)
    }

    @Test("too few and too many points are refused")
    func pointCount() {
        #expect(flaw([]) == .pointCount(0))
        #expect(flaw([(0, 0), (1, 1)]) == .pointCount(2))
        let many = (0..<11).map { (Double($0) / 11, Double($0 * $0) / 121) }
        #expect(flaw(many) == .pointCount(11))
    }

    @Test("points outside the frame and numbers that are none are refused with their index")
    func outside() {
        for bad in [-0.001, 1.001, .nan, .infinity, -.infinity] {
            #expect(flaw([(0, 0), (1, 0), (0.5, bad)]) == .outsideFrame(index: 2))
            #expect(flaw([(0, 0), (bad, 0), (0.5, 1)]) == .outsideFrame(index: 1))
        }
    }

    @Test("a bow tie is refused")
    func bowTie() {
        #expect(flaw([(0, 0), (1, 1), (1, 0), (0, 1)]) == .selfCrossing(edges: 0, 2))
        #expect(flaw([(0, 0), (1, 0), (0, 1), (1, 1)]) == .selfCrossing(edges: 1, 3))
    }

    @Test("a point that touches another edge is refused")
    func touching() {
        #expect(flaw([(0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)]) != nil)
    }

    @Test("a spike is refused, also where rounding hides that it is one")
    func spikes() {
        #expect(flaw([(0, 0), (0.8, 0), (0.4, 0), (0.4, 0.5)]) != nil)
        #expect(flaw([(0.1, 0.1), (0.7, 0.3), (0.4, 0.2), (0.2, 0.9)]) != nil)
        #expect(flaw([(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.3, 0.3), (0.7, 0.7), (0.1, 0.9)]) != nil)
    }

    @Test("a side that runs back over another in any direction is refused", arguments: 0..<200)
    func spikesInAnyDirection(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let from = (Double.random(in: 0...0.4, using: &random), Double.random(in: 0...1, using: &random))
        let tip = (Double.random(in: 0.5...1, using: &random), Double.random(in: 0...1, using: &random))
        let share = Double.random(in: 0.2...0.8, using: &random)
        let back = (from.0 + (tip.0 - from.0) * share, from.1 + (tip.1 - from.1) * share)
        let aside = (from.0, from.1 < 0.5 ? from.1 + 0.5 : from.1 - 0.5)
        #expect(flaw([from, tip, back, aside]) != nil)
    }

    @Test("a point on a straight side is harmless")
    func straight() {
        #expect(flaw([(0, 0), (0.5, 0), (1, 0), (1, 1), (0, 1)]) == nil)
    }

    @Test("three points in a line have no area")
    func noArea() {
        #expect(flaw([(0, 0), (0.5, 0.5), (1, 1)]) == .noArea)
        #expect(flaw([(0.1, 0.1), (0.2, 0.2), (0.7, 0.7)]) == .noArea)
    }

    @Test("a repeated point is refused with its index")
    func repeated() {
        #expect(flaw([(0, 0), (1, 0), (1, 0), (1, 1)]) == .repeatedPoint(index: 2))
        #expect(flaw([(0, 0), (0, 0), (0, 0)]) == .repeatedPoint(index: 1))
    }

    @Test("a ring that ends where it began is the same polygon, and is kept as it was written")
    func closed() throws {
        let ring = try Polygon(points([(0, 0), (0.5, 0), (0.5, 0.5), (0, 0)]))
        #expect(ring.points.count == 4 && ring.area == 0.125)
        #expect(flaw([(0, 0), (1, 0), (1, 1), (1e-8, 0)]) == nil)
        #expect(flaw([(0, 0), (1, 0), (0, 0)]) != nil)
    }

    @Test("the frame's edge in 32-bit floats is inside")
    func rounded() {
        #expect(flaw([(-0.0000001, 0), (1.0000001, 0), (1, 1.0000001)]) == nil)
    }

    @Test("every refusal says what is wrong in words")
    func words() {
        #expect(flaw([(0, 0)])?.description == "needs 3 to 10 points, has 1")
        #expect(flaw([(0, 0), (1, 1), (1, 0), (0, 1)])?.description == "edges 0 and 2 cross")
    }

    @Test("the area inside a box equals a count of small cells, for random star shapes and boxes", arguments: 0..<40)
    func againstGrid(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let polygon = try #require(Self.star(&random))
        let box = try #require(
            NormalizedBox(
                left: .random(in: -0.1...0.7, using: &random), top: .random(in: -0.1...0.7, using: &random),
                width: .random(in: 0.05...0.7, using: &random), height: .random(in: 0.05...0.7, using: &random)))
        let counted = Self.counted(polygon, in: box.clippedToFrame, cells: 300)
        #expect(abs(polygon.area(inside: box) - counted) < 0.004)
    }

    @Test("cutting a box in two halves cuts the area inside it in two parts", arguments: 0..<40)
    func additive(seed: UInt64) throws {
        var random = SplitMix(seed: 1000 + seed)
        let polygon = try #require(Self.star(&random))
        let cut = Double.random(in: 0...1, using: &random)
        let left = try #require(NormalizedBox(left: 0, top: 0, width: cut, height: 1))
        let right = try #require(NormalizedBox(left: cut, top: 0, width: 1 - cut, height: 1))
        #expect(abs(polygon.area(inside: left) + polygon.area(inside: right) - polygon.area) < 1e-12)
        #expect(abs(polygon.area(inside: .full) - polygon.area) < 1e-12)
    }

    @Test("a box in the notch of a concave polygon is outside")
    func notch() throws {
        let ell = Region.polygon(try Polygon(points(Self.ell)))
        #expect(ell.overlap(of: try #require(NormalizedBox(left: 0.6, top: 0.1, width: 0.3, height: 0.3))) == 0)
        let below = try #require(NormalizedBox(left: 0.1, top: 0.6, width: 0.8, height: 0.3))
        #expect(abs(ell.overlap(of: below) - 1) < 1e-12)
        #expect(abs(ell.overlap(of: .full) - 0.75) < 1e-12)
    }

    /// Random angles around the middle, random distances: mostly concave, never crossing.
    private static func star(_ random: inout SplitMix) -> Polygon? {
        let count = Int.random(in: 3...10, using: &random)
        let corners = (0..<count).map { index -> Point in
            let turn = (Double(index) + .random(in: 0.1...0.9, using: &random)) / Double(count)
            let distance = Double.random(in: 0.1...0.49, using: &random)
            let (x, y) = direction(turn)
            return Point(x: 0.5 + distance * x, y: 0.5 + distance * y)
        }
        return try? Polygon(corners)
    }

    /// A point on the diamond |x| + |y| = 1, `turn` of the way round: enough to be star-shaped without trigonometry.
    private static func direction(_ turn: Double) -> (x: Double, y: Double) {
        let side = turn * 4
        switch side {
        case ..<1: return (1 - side, side)
        case ..<2: return (1 - side, 2 - side)
        case ..<3: return (side - 3, 2 - side)
        default: return (side - 3, side - 4)
        }
    }

    private static func counted(_ polygon: Polygon, in box: NormalizedBox, cells: Int) -> Double {
        var inside = 0
        for row in 0..<cells {
            for column in 0..<cells {
                let x = box.left + (Double(column) + 0.5) * box.width / Double(cells)
                let y = box.top + (Double(row) + 0.5) * box.height / Double(cells)
                if contains(polygon, x, y) { inside += 1 }
            }
        }
        return box.area * Double(inside) / Double(cells * cells)
    }

    /// Even-odd rule: a ray to the right crosses an odd number of edges.
    private static func contains(_ polygon: Polygon, _ x: Double, _ y: Double) -> Bool {
        var isInside = false
        var previous = polygon.points[polygon.points.count - 1]
        for point in polygon.points {
            if (point.y > y) != (previous.y > y) {
                let crossing = point.x + (y - point.y) / (previous.y - point.y) * (previous.x - point.x)
                if x < crossing { isInside.toggle() }
            }
            previous = point
        }
        return isInside
    }
}
