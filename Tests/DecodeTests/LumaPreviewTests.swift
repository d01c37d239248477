import Base
import Decode
import Gate
import TestSupport
import Testing

@Suite struct LumaPreviewTests {
    private func camera(_ turn: Rotation = .none, capacity: Int = 2) throws -> TestCamera {
        try TestCamera(turn, capacity: capacity)
    }

    private func jpeg(_ width: Int, _ height: Int) throws -> [UInt8] {
        try JPEGEncoder().encode(Pictures.gradient(width, height), quality: 95)
    }

    @Test(
        "a preview is the mean of each block of the whole picture, however the camera hangs",
        arguments: [Rotation.none, .right, .half, .left])
    func eighth(turn: Rotation) throws {
        let bytes = try jpeg(160, 96), size = Pictures.size(160, 96), camera = try camera(turn)
        let whole = try #require(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: camera)))
        let eighth = try #require(
            Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: camera)))
        let preview = try #require(eighth.preview).frame
        #expect(preview.size.width * 8 == whole.size.width && preview.size.height * 8 == whole.size.height)
        let (small, large) = (Pictures.samples(preview), Pictures.samples(whole))
        for index in small.indices {
            let (x, y) = (index % preview.size.width * 8, index / preview.size.width * 8)
            let block = (0..<64).map { Int(large[(y + $0 / 8) * whole.size.width + x + $0 % 8]) }
            #expect(abs(block.reduce(0, +) / 64 - Int(small[index])) <= 1, "block \(index)")
        }
    }

    @Test("the picture behind a preview comes out as if it had been decoded at once")
    func decoded() throws {
        let bytes = try jpeg(160, 96), size = Pictures.size(160, 96), camera = try camera(.half)
        let whole = try #require(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: camera)))
        let preview = try #require(
            Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: camera)))
        let decoded = try #require(try PictureDecoder().frame(of: preview))
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
        let size = Pictures.size(320, 240), camera = try camera()
        var gate = MotionGate()
        for index in 0..<40 {
            let outcome = Pictures.decode(bytes, .mjpg, size, asPreview: index % 2 == 1, with: camera)
            guard case .picture(let picture) = outcome, let preview = picture.preview else {
                Issue.record("picture \(index)")
                return
            }
            #expect(preview.isEighth == (index % 2 == 1))
            let moved = gate.sawMotion(in: preview.frame, isEighth: preview.isEighth)
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
            try jpeg(100, 60), .mjpg, Pictures.size(100, 60), asPreview: true, with: try camera())
        #expect(Pictures.frame(odd)?.size == Pictures.size(100, 60))
        // A camera that says one size and sends another.
        let liar = Pictures.decode(
            try jpeg(168, 96), .mjpg, Pictures.size(160, 96), asPreview: true, with: try camera())
        #expect(Pictures.frame(liar)?.size == Pictures.size(168, 96))
        let raw = Pictures.decode(
            [UInt8](repeating: 9, count: 64), .grey, Pictures.size(8, 8), asPreview: true, with: try camera())
        #expect(Pictures.frame(raw) != nil)
    }

    @Test("damage is found in a preview as in a whole picture, and the next one is fine")
    func damaged() throws {
        let camera = try camera(), size = Pictures.size(160, 96), bytes = try jpeg(160, 96)
        var cut = Array(bytes.prefix(bytes.count / 2))
        cut += [0xFF, 0xD9]
        guard case .corrupt = Pictures.decode(cut, .mjpg, size, asPreview: true, with: camera) else {
            Issue.record("half a picture passed")
            return
        }
        #expect(Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: camera)) != nil)
    }

    @Test("a damaged picture is damaged for everybody, and is not decoded again")
    func damagedForAll() throws {
        let camera = try camera(), size = Pictures.size(160, 96), bytes = try jpeg(160, 96)
        let cut = Array(bytes.prefix(bytes.count / 2)) + [0xFF, 0xD9]
        let picture = try #require(Pictures.asSent(cut, size, camera))
        #expect(picture.preview == nil && !picture.isWhole, "nobody has asked for anything")
        #expect(throws: DecodeError.self) { try camera.decoder.preview(of: picture) }
        #expect(throws: DecodeError.self) { try PictureDecoder().frame(of: picture) }
        #expect(picture.preview == nil)
    }

    @Test("each form is decoded once: whoever comes later gets the same frame, also from another thread's decoder")
    func onceEach() throws {
        let camera = try camera(), other = try PictureDecoder()
        let picture = try #require(Pictures.asSent(try jpeg(160, 96), Pictures.size(160, 96), camera))
        let preview = try #require(try camera.decoder.preview(of: picture))
        #expect(preview.isEighth && !picture.isWhole)
        #expect(try other.preview(of: picture)?.frame === preview.frame)
        let whole = try #require(try other.frame(of: picture))
        #expect(try camera.decoder.frame(of: picture) === whole && picture.isWhole)
        let looked = try #require(Pictures.asSent(try jpeg(160, 96), Pictures.size(160, 96), camera))
        let frame = try #require(try camera.decoder.frame(of: looked))
        #expect(try camera.decoder.preview(of: looked)?.frame === frame, "no eighth is made of what is whole")
    }
}

@Suite("What the pictures of a camera may take") struct PicturePoolTests {
    private let size = Pictures.size(160, 96)

    private func jpeg() throws -> [UInt8] { try JPEGEncoder().encode(Pictures.gradient(160, 96), quality: 95) }

    @Test("there are so many at a time, decoded or not, and what has no room is counted", arguments: [true, false])
    func number(asPreview: Bool) throws {
        let camera = try TestCamera(capacity: 2), bytes = try jpeg()
        var held = (0..<2).map { _ in Pictures.decode(bytes, .mjpg, size, asPreview: asPreview, with: camera) }
        guard case .noRoom = Pictures.decode(bytes, .mjpg, size, asPreview: asPreview, with: camera) else {
            Issue.record("a third picture while two are held")
            return
        }
        #expect(camera.pool.refused == 1)
        held.removeLast()
        #expect(Pictures.asSent(bytes, size, camera) != nil, "what is let go makes room")
        withExtendedLifetime(held) {}
    }

    @Test("they have so many bytes together as they were sent, and a picture that is let go gives its own back")
    func bytes() throws {
        let bytes = try jpeg()
        let camera = try TestCamera(capacity: 9, mostBytes: bytes.count * 2 + 1)
        var held = [Pictures.asSent(bytes, size, camera), Pictures.asSent(bytes, size, camera)]
        #expect(held.allSatisfy { $0 != nil })
        #expect(Pictures.asSent(bytes, size, camera) == nil && camera.pool.refused == 1)
        held.removeLast()
        #expect(Pictures.asSent(bytes, size, camera) != nil)
        #expect(try Pictures.asSent(bytes, size, TestCamera(mostBytes: bytes.count - 1)) == nil)
        withExtendedLifetime(held) {}
    }

    @Test("a picture that turns out to be damaged takes no room for ever")
    func damagedOnes() throws {
        let camera = try TestCamera(capacity: 1), bytes = try jpeg()
        for _ in 0..<3 {
            guard case .corrupt = Pictures.decode(Array(bytes.prefix(300)), .mjpg, size, with: camera) else {
                Issue.record("not refused")
                return
            }
        }
        #expect(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: camera)) != nil && camera.pool.refused == 0)
    }
}
