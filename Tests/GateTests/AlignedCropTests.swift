import Base
import Gate
import Testing

@Suite("Faces are cut out of frames upright and of one size")
struct AlignedCropTests {
    /// A crop whose first pixel is the frame's `(x, y)`, at `scale` pixels of the frame for each of its own.
    private func transform(x: Double, y: Double, scale: Double) throws -> SimilarityTransform {
        try #require(
            SimilarityTransform(
                from: [Point(x: 0, y: 0), Point(x: 1, y: 0)], to: [Point(x: x, y: y), Point(x: x + scale, y: y)]))
    }

    @Test("A crop as large as its face has the frame's own colours, in every format", arguments: PixelFormat.allCases)
    func colours(format: PixelFormat) throws {
        // A reddish grey: Y 100, U 120, V 140; or R, G, B.
        let values: [UInt8] = format == .rgb24 ? [117, 94, 86] : [100, 120, 140]
        let frame = try #require(SyntheticFrame.make(format, 64, 48) { component, _, _ in values[component] })
        let crop = try #require(AlignedCrop.crop(frame, by: transform(x: 8, y: 8, scale: 1), side: 16))
        let expected: [Float] = format == .gray8 ? [100, 100, 100] : [117, 94, 86]
        for (plane, level) in expected.enumerated() {
            for sample in crop.samples[plane * 256..<(plane + 1) * 256] { #expect(abs(sample - level) < 1.5) }
        }
    }

    @Test("Between pixels a crop is bilinear: a ramp stays a ramp")
    func ramp() throws {
        let frame = try #require(SyntheticFrame.make(.gray8, 64, 64) { _, x, y in UInt8(2 * x + y) })
        let crop = try #require(AlignedCrop.crop(frame, by: transform(x: 10.25, y: 20.5, scale: 0.5), side: 16))
        for y in 0..<16 {
            for x in 0..<16 {
                let expected = 2 * (10.25 + 0.5 * Double(x)) + 20.5 + 0.5 * Double(y)
                #expect(abs(Double(crop.samples[y * 16 + x]) - expected) < 0.01)
            }
        }
    }

    @Test("Of a face five times as large as its crop nothing aliases: fine stripes become grey, not stripes")
    func large() throws {
        let frame = try #require(SyntheticFrame.make(.gray8, 200, 200) { _, x, _ in x % 2 == 0 ? 0 : 200 })
        let crop = try #require(AlignedCrop.crop(frame, by: transform(x: 20, y: 20, scale: 5), side: 16))
        for sample in crop.samples { #expect(abs(sample - 100) < 25) }
    }

    @Test("What lies outside of the picture is black, and nothing traps there")
    func outside() throws {
        let frame = try #require(SyntheticFrame.make(.yuv420p, 33, 17) { _, _, _ in 128 })
        let crop = try #require(AlignedCrop.crop(frame, by: transform(x: 25, y: 10, scale: 1), side: 16))
        #expect(crop.samples.first.map { abs($0 - 128) < 1 } == true && crop.samples.last == 0)
        let far = try #require(AlignedCrop.crop(frame, by: transform(x: -1e9, y: 1e12, scale: 1e6), side: 16))
        #expect(far.samples.allSatisfy { $0 == 0 })
        #expect(AlignedCrop.crop(frame, by: try transform(x: 0, y: 0, scale: 1), side: 4096) == nil)
    }
}
