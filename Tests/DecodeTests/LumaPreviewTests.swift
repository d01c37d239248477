import Base
import Decode
import Gate
import TestSupport
import Testing

@Suite struct LumaPreviewTests {
    private func decoder(_ turn: CameraSettings.Rotation = .none, capacity: Int = 2) throws -> PictureDecoder {
        try PictureDecoder(pool: FramePool(capacity: capacity), rotation: turn)
    }

    private func jpeg(_ width: Int, _ height: Int) throws -> [UInt8] {
        try JPEGEncoder().encode(Pictures.gradient(width, height), quality: 95)
    }

    @Test(
        "a preview is the mean of each block of the whole picture, however the camera hangs",
        arguments: [CameraSettings.Rotation.none, .right, .half, .left])
    func eighth(turn: CameraSettings.Rotation) throws {
        let bytes = try jpeg(160, 96), size = Pictures.size(160, 96), decoder = try decoder(turn)
        let whole = try #require(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: decoder)))
        let preview = try #require(
            Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: decoder)))
        #expect(preview.luma.size.width * 8 == whole.size.width && preview.luma.size.height * 8 == whole.size.height)
        let (small, large) = (Pictures.samples(preview.luma), Pictures.samples(whole))
        for index in small.indices {
            let (x, y) = (index % preview.luma.size.width * 8, index / preview.luma.size.width * 8)
            let block = (0..<64).map { Int(large[(y + $0 / 8) * whole.size.width + x + $0 % 8]) }
            #expect(abs(block.reduce(0, +) / 64 - Int(small[index])) <= 1, "block \(index)")
        }
    }

    @Test("the picture behind a preview comes out as if it had been decoded at once")
    func decoded() throws {
        let bytes = try jpeg(160, 96), size = Pictures.size(160, 96), decoder = try decoder(.half)
        let whole = try #require(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: decoder)))
        let preview = try #require(
            Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: decoder)))
        let decoded = try #require(try LumaPreviewDecoder(pool: FramePool(capacity: 1)).frame(of: .preview(preview)))
        #expect(decoded.size == whole.size && decoded.format == whole.format)
        #expect(decoded.capturedAt == whole.capturedAt && decoded.sequence == whole.sequence)
        for plane in whole.planes.indices {
            #expect(Pictures.samples(decoded, plane: plane) == Pictures.samples(whole, plane: plane))
        }
    }

    @Test("a quiet scene stays quiet when previews and whole pictures take turns")
    func noMotionBetweenTheTwo() throws {
        let bytes = try JPEGEncoder().encode(
            try #require(Self.stripes(320, 240)), quality: 90)
        let size = Pictures.size(320, 240), decoder = try decoder()
        var gate = MotionGate()
        for index in 0..<40 {
            let outcome = Pictures.decode(bytes, .mjpg, size, asPreview: index % 2 == 1, with: decoder)
            let moved: Bool
            if let preview = Pictures.preview(outcome) {
                moved = gate.sawMotion(in: preview.luma, isEighth: true)
            } else {
                moved = gate.sawMotion(in: try #require(Pictures.frame(outcome)))
            }
            #expect(!moved || index < MotionGate.settlingFrames, "picture \(index)")
        }
    }

    /// Rows that are dark and light in turn: every other one says nothing of the mean.
    private static func stripes(_ width: Int, _ height: Int) -> Frame? {
        unsafe FramePool(capacity: 1).frame(
            .yuv420p, Pictures.size(width, height), isFullRange: true, capturedAt: MonotonicTime(nanoseconds: 1),
            sequence: 1
        ) { index, target, plane in
            for y in 0..<plane.rows {
                for x in 0..<plane.rowBytes {
                    unsafe target[y * plane.stride + x] = index > 0 ? 128 : y % 2 == 0 ? 40 : 210
                }
            }
        }
    }

    @Test("what no preview can be made of becomes a whole picture: sides that are no multiples of 8, and raw formats")
    func unsuitable() throws {
        let odd = Pictures.decode(
            try jpeg(100, 60), .mjpg, Pictures.size(100, 60), asPreview: true, with: try decoder())
        #expect(Pictures.frame(odd)?.size == Pictures.size(100, 60))
        // A camera that says one size and sends another.
        let liar = Pictures.decode(
            try jpeg(168, 96), .mjpg, Pictures.size(160, 96), asPreview: true, with: try decoder())
        #expect(Pictures.frame(liar)?.size == Pictures.size(168, 96))
        let raw = Pictures.decode(
            [UInt8](repeating: 9, count: 64), .grey, Pictures.size(8, 8), asPreview: true, with: try decoder())
        #expect(Pictures.frame(raw) != nil)
    }

    @Test("damage is found in a preview as in a whole picture, and the next one is fine")
    func damaged() throws {
        let decoder = try decoder(), size = Pictures.size(160, 96), bytes = try jpeg(160, 96)
        var cut = Array(bytes.prefix(bytes.count / 2))
        cut += [0xFF, 0xD9]
        guard case .corrupt = Pictures.decode(cut, .mjpg, size, asPreview: true, with: decoder) else {
            Issue.record("half a picture passed")
            return
        }
        #expect(decoder.corrupt == 1)
        #expect(Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: decoder)) != nil)
    }

    @Test("previews are bounded as whole pictures are, and what has no room is counted")
    func bounded() throws {
        let decoder = try decoder(capacity: 1), bytes = try jpeg(160, 96), size = Pictures.size(160, 96)
        let first = Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: decoder))
        guard case .noBuffer = Pictures.decode(bytes, .mjpg, size, asPreview: true, with: decoder) else {
            Issue.record("a second preview while the first is held")
            return
        }
        #expect(decoder.noBuffer == 1 && first != nil)
    }
}
