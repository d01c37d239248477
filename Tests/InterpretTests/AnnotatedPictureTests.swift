import Base
import Interpret
import Testing

@Suite("Pictures with what was found drawn on them")
struct AnnotatedPictureTests {
    private let pool = FramePool(capacity: 4)

    private func gray(_ format: PixelFormat, _ width: Int, _ height: Int, isFullRange: Bool = true, level: UInt8 = 128)
        throws
        -> Frame
    {
        let size = try #require(PixelSize(width: width, height: height))
        let frame = unsafe FramePool(capacity: 1).frame(
            format, size, isFullRange: isFullRange, capturedAt: MonotonicTime(nanoseconds: 42), sequence: 9
        ) { _, bytes, _ in unsafe bytes.initializeMemory(as: UInt8.self, repeating: level) }
        return try #require(frame)
    }

    private func luma(_ frame: Frame, _ x: Int, _ y: Int) -> UInt8 {
        unsafe frame.withPlane(0) { bytes, plane in unsafe bytes[y * plane.stride + x] }
    }

    private func mark(_ left: Double, _ top: Double, _ width: Double, _ height: Double) throws -> AnnotatedPicture.Mark
    {
        AnnotatedPicture.Mark(
            label: .person, confidence: Confidence(clamping: 0.875),
            box: try #require(NormalizedBox(left: left, top: top, width: width, height: height)))
    }

    @Test("the box is drawn where the object is, the rest stays as it was", arguments: PixelFormat.allCases)
    func box(format: PixelFormat) throws {
        let frame = try gray(format, 640, 480)
        let drawn = try #require(
            AnnotatedPicture.draw([try mark(0.25, 0.5, 0.25, 0.25)], on: frame, from: pool))
        #expect(drawn.format == .yuv444p)
        #expect(drawn.isFullRange)
        #expect(drawn.capturedAt == frame.capturedAt)
        #expect(drawn.sequence == 9)
        for (x, y) in [(160, 300), (319, 300), (200, 240), (200, 359)] { #expect(luma(drawn, x, y) != 128) }
        for (x, y) in [(150, 300), (330, 300), (240, 300), (200, 370), (10, 10), (639, 479)] {
            #expect(luma(drawn, x, y) == 128)
        }
    }

    @Test("the label and its percent are written above the box, dark on light")
    func text() throws {
        let frame = try gray(.gray8, 640, 480)
        let drawn = try #require(AnnotatedPicture.draw([try mark(0.25, 0.5, 0.25, 0.25)], on: frame, from: pool))
        // "PERSON 87%" at 2 dots a pixel: the P of PERSON begins 4 right of the box and 18 above it.
        let plate = (218..<240).flatMap { y in (160..<280).map { x in luma(drawn, x, y) } }
        #expect(plate.contains(0))
        #expect(Set(plate).count == 2)
        let stem = (0..<14).map { luma(drawn, 164, 222 + $0) }
        #expect(stem.allSatisfy { $0 == 0 })
    }

    @Test("regions are outlined, polygons too")
    func regions() throws {
        let frame = try gray(.yuv420p, 640, 480, level: 0)
        let triangle = try Polygon([Point(x: 0, y: 0), Point(x: 1, y: 0), Point(x: 0.5, y: 1)])
        let box = try #require(NormalizedBox(left: 0.25, top: 0.25, width: 0.5, height: 0.25))
        let drawn = try #require(
            AnnotatedPicture.draw([], regions: [.polygon(triangle), .box(box)], on: frame, from: pool))
        for (x, y) in [(320, 0), (160, 240), (160, 150), (320, 120)] { #expect(luma(drawn, x, y) == 255) }
        #expect(luma(drawn, 320, 300) == 0)
    }

    @Test("TV range becomes full range")
    func range() throws {
        for (level, want) in [(UInt8(16), UInt8(0)), (235, 255), (0, 0), (255, 255)] {
            let frame = try gray(.yuv420p, 16, 16, isFullRange: false, level: level)
            let drawn = try #require(AnnotatedPicture.draw([], on: frame, from: pool))
            #expect(luma(drawn, 3, 3) == want)
        }
    }

    @Test("boxes at and beyond every edge, in pictures of any size, are cut", arguments: PixelFormat.allCases)
    func edges(format: PixelFormat) throws {
        for (width, height) in [(1, 1), (3, 5), (17, 900), (900, 17)] {
            let frame = try gray(format, width, height)
            let marks = [
                try mark(-1, -1, 3, 3), try mark(0.999, 0.999, 1, 1), try mark(5, 5, 1e300, 1), try mark(0, 0, 0, 0),
                try mark(-1e300, 0, 1, 1),
            ]
            let all = marks.map { AnnotatedPicture.Mark(label: .pet, confidence: $0.confidence, box: $0.box) }
            #expect(AnnotatedPicture.draw(marks + all, regions: [.box(.full)], on: frame, from: pool) != nil)
        }
    }

    @Test("without a free buffer there is no picture")
    func poolEmpty() throws {
        let frame = try gray(.gray8, 16, 16)
        let small = FramePool(capacity: 1)
        let kept = AnnotatedPicture.draw([], on: frame, from: small)
        #expect(kept != nil)
        #expect(AnnotatedPicture.draw([], on: frame, from: small) == nil)
        withExtendedLifetime(kept) {}
    }
}
