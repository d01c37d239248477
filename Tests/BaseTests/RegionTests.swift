import Base
import TestSupport
import Testing

@Suite("Regions of interest")
struct RegionTests {
    private func box(_ left: Double, _ top: Double, _ width: Double, _ height: Double) throws -> NormalizedBox {
        try #require(NormalizedBox(left: left, top: top, width: width, height: height))
    }

    @Test("without regions the whole frame counts")
    func none() throws {
        #expect([Region]().bestOverlap(of: try box(0.1, 0.1, 0.2, 0.2)) == 1)
    }

    @Test("regions are tried one by one: two quarters in two regions are no half")
    func notMerged() throws {
        let regions = [Region.box(try box(0, 0, 0.25, 1)), .box(try box(0.75, 0, 0.25, 1))]
        #expect(regions.bestOverlap(of: .full) == 0.25)
        #expect(regions.bestOverlap(of: try box(0.8, 0, 0.1, 1)) == 1)
    }

    @Test("only the part of a box that is in the frame counts")
    func clipped() throws {
        let left = Region.box(try box(0, 0, 0.5, 1))
        // Half of it is left of the frame; what is visible lies inside.
        #expect(left.overlap(of: try box(-0.4, 0, 0.8, 1)) == 1)
    }

    @Test("a box outside the frame or without area lies in no region")
    func nothing() throws {
        let all = Region.box(.full)
        #expect(all.overlap(of: try box(1.5, 0, 0.5, 0.5)) == 0)
        #expect(all.overlap(of: try box(0.5, 0.5, 0, 0.5)) == 0)
    }

    @Test("a polygon in the shape of a box is that box", arguments: 0..<50)
    func polygonOfBox(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let (l, t) = (Double.random(in: 0...0.8, using: &random), Double.random(in: 0...0.8, using: &random))
        let (w, h) = (Double.random(in: 0.01...0.2, using: &random), Double.random(in: 0.01...0.2, using: &random))
        let corners = [Point(x: l, y: t), Point(x: l + w, y: t), Point(x: l + w, y: t + h), Point(x: l, y: t + h)]
        let seen = try box(
            .random(in: 0...1, using: &random), .random(in: 0...1, using: &random),
            .random(in: 0...0.4, using: &random),
            .random(in: 0...0.4, using: &random))
        let polygon = Region.polygon(try Polygon(corners))
        #expect(abs(polygon.overlap(of: seen) - Region.box(try box(l, t, w, h)).overlap(of: seen)) < 1e-9)
    }
}

@Suite("Boxes")
struct NormalizedBoxTests {
    @Test("NaN, infinity and negative sides make no box")
    func refused() {
        for bad in [Double.nan, .infinity, -.infinity] {
            #expect(NormalizedBox(left: bad, top: 0, width: 1, height: 1) == nil)
            #expect(NormalizedBox(left: 0, top: 0, width: 1, height: bad) == nil)
        }
        #expect(NormalizedBox(left: 0, top: 0, width: -0.1, height: 1) == nil)
    }

    @Test("overlap of equal, nested, touching and distant boxes")
    func intersectionOverUnion() throws {
        let unit = NormalizedBox.full
        let quarter = try #require(NormalizedBox(left: 0, top: 0, width: 0.5, height: 0.5))
        let beside = try #require(NormalizedBox(left: 0.5, top: 0, width: 0.5, height: 0.5))
        let flat = try #require(NormalizedBox(left: 0, top: 0, width: 0, height: 0))
        #expect(unit.intersectionOverUnion(with: unit) == 1)
        #expect(unit.intersectionOverUnion(with: quarter) == 0.25)
        #expect(quarter.intersectionOverUnion(with: beside) == 0)
        #expect(flat.intersectionOverUnion(with: flat) == 0)
    }

    @Test("huge boxes stay harmless")
    func huge() throws {
        let huge = try #require(NormalizedBox(left: -1e308, top: -1e308, width: 1.7e308, height: 1.7e308))
        #expect(huge.clippedToFrame.area >= 0)
        #expect(Region.box(.full).overlap(of: huge) >= 0)
    }
}
