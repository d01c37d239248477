import Base
import Testing

@Suite("Frames and their pool")
struct FramePoolTests {
    private struct Refused: Error {}

    private func made(_ pool: FramePool, _ format: PixelFormat = .gray8, _ width: Int = 64, _ height: Int = 4)
        -> Frame?
    {
        guard let size = PixelSize(width: width, height: height) else { return nil }
        return unsafe pool.frame(
            format, size, isFullRange: true, capturedAt: MonotonicTime(nanoseconds: 5), sequence: 7
        ) { _, bytes, plane in
            for y in 0..<plane.rows {
                for x in 0..<plane.rowBytes { unsafe bytes[y * plane.stride + x] = UInt8(truncatingIfNeeded: x + y) }
            }
        }
    }

    @Test("when every buffer is in use the frame is refused; one that is let go makes room")
    func bounded() {
        let pool = FramePool(capacity: 2)
        var kept = [made(pool), made(pool)]
        #expect(kept.allSatisfy { $0 != nil })
        #expect(made(pool) == nil)
        kept.removeLast()
        #expect(made(pool) != nil)
    }

    @Test("a frame that could not be filled gives its buffer back")
    func throwing() throws {
        let pool = FramePool(capacity: 1)
        let size = try #require(PixelSize(width: 8, height: 8))
        for _ in 0..<3 {
            #expect(throws: Refused.self) {
                try unsafe pool.frame(
                    .gray8, size, isFullRange: true, capturedAt: MonotonicTime(nanoseconds: 0), sequence: 0
                ) { (_, _, _) throws(Refused) in throw Refused() }
            }
        }
        #expect(made(pool) != nil)
    }

    @Test("a frame outlives its pool")
    func outlives() throws {
        var pool: FramePool? = FramePool(capacity: 1)
        let kept = try #require(pool.flatMap { made($0) })
        pool = nil
        let sample = unsafe kept.withPlane(0) { bytes, plane in unsafe bytes[3 * plane.stride + 10] }
        #expect(sample == 13)
    }

    @Test("when the camera changes its size the pool follows")
    func resizing() throws {
        let pool = FramePool(capacity: 1)
        for (width, height) in [(64, 4), (640, 480), (16, 16), (1920, 1080)] {
            let frame = try #require(made(pool, .yuyv422, width, height))
            #expect(frame.size == PixelSize(width: width, height: height))
            #expect(frame.sequence == 7)
        }
    }

    @Test("planes of odd sizes hold every sample, and components lie inside them", arguments: PixelFormat.allCases)
    func oddSizes(format: PixelFormat) throws {
        for (width, height) in [(1, 1), (3, 5), (17, 2), (2, 17)] {
            let frame = try #require(made(FramePool(capacity: 1), format, width, height))
            for part in format.components(of: frame.size) {
                let plane = frame.planes[part.plane]
                #expect(part.offset + (part.columns - 1) * part.step < plane.rowBytes)
                #expect(part.rows <= plane.rows)
                #expect(part.columns * part.pixelsAcross >= width)
                #expect(part.rows * part.pixelsDown >= height)
            }
        }
    }
}

@Suite("A frame inside a network's input")
struct InputMappingTests {
    private func spec(_ rule: InputSpec.ResizeRule) throws -> InputSpec {
        InputSpec(size: try #require(PixelSize(width: 416, height: 416)), colorOrder: .bgr, resize: rule)
    }

    @Test("boxes come back to where they were in the frame, for every rule", arguments: InputSpec.ResizeRule.allCases)
    func roundTrip(rule: InputSpec.ResizeRule) throws {
        for (width, height) in [(1280, 720), (480, 640), (416, 416), (1, 1000), (3000, 7)] {
            let mapping = InputMapping(
                frame: try #require(PixelSize(width: width, height: height)), spec: try spec(rule))
            let (left, top) = (Double(mapping.left), Double(mapping.top))
            let (w, h) = (Double(mapping.picture.width), Double(mapping.picture.height))
            let box = try #require(
                mapping.frameBox(left: left + 0.25 * w, top: top + 0.5 * h, right: left + w, bottom: top + 0.75 * h))
            #expect(abs(box.left - 0.25) < 1e-9 && abs(box.right - 1) < 1e-9)
            #expect(abs(box.top - 0.5) < 1e-9 && abs(box.bottom - 0.75) < 1e-9)
        }
    }

    @Test("a wide frame lies at the top, in the middle, or fills all")
    func places() throws {
        let frame = try #require(PixelSize(width: 1280, height: 720))
        let top = InputMapping(frame: frame, spec: try spec(.letterboxTopLeft))
        #expect((top.left, top.top, top.picture.description) == (0, 0, "416x234"))
        let middle = InputMapping(frame: frame, spec: try spec(.letterboxCentered))
        #expect((middle.left, middle.top) == (0, 91))
        #expect(InputMapping(frame: frame, spec: try spec(.stretch)).picture.description == "416x416")
    }

    @Test("what is no box in the input is none in the frame")
    func noBox() throws {
        let mapping = InputMapping(frame: try #require(PixelSize(width: 4, height: 3)), spec: try spec(.stretch))
        #expect(mapping.frameBox(left: 2, top: 0, right: 1, bottom: 1) == nil)
        #expect(mapping.frameBox(left: .nan, top: 0, right: 1, bottom: 1) == nil)
        #expect(mapping.frameBox(left: 0, top: 0, right: .infinity, bottom: 1) == nil)
    }
}
