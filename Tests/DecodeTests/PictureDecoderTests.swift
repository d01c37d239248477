import Base
import Decode
import TestSupport
import Testing

@Suite struct RawPictureTests {
    private func camera(_ turn: Rotation = .none, capacity: Int = 4) throws -> TestCamera {
        try TestCamera(turn, capacity: capacity)
    }

    @Test("raw pictures arrive byte for byte", arguments: [FourCC.yuyv, .nv12, .grey, .yu12])
    func exactness(format: FourCC) throws {
        let bytesPerPixel = format == .yuyv ? 4 : format == .grey ? 2 : 3
        let bytes = (0..<(6 * 4 * bytesPerPixel / 2)).map { UInt8($0 * 7 % 251) }
        let outcome = Pictures.decode(bytes, format, Pictures.size(6, 4), with: try camera())
        let frame = try #require(Pictures.frame(outcome))
        let samples = (0..<frame.planes.count).flatMap { Pictures.samples(frame, plane: $0) }
        #expect(samples == bytes)
        #expect(frame.sequence == 9 && frame.capturedAt.nanoseconds == 5)
    }

    /// 2x2 pixels.
    @Test(
        "what other orders of samples show is what YUYV shows",
        arguments: [
            (FourCC.uyvy, [100, 1, 200, 2, 110, 3, 210, 4] as [UInt8]), (.yvyu, [1, 200, 2, 100, 3, 210, 4, 110]),
            (.vyuy, [200, 1, 100, 2, 210, 3, 110, 4]),
        ])
    func packedOrders(format: FourCC, bytes: [UInt8]) throws {
        let frame = try #require(Pictures.frame(Pictures.decode(bytes, format, Pictures.size(2, 2), with: camera())))
        #expect(frame.format == .yuyv422)
        #expect(Pictures.samples(frame) == [1, 100, 2, 200, 3, 110, 4, 210])
    }

    @Test("colour pairs in the other order, and one for each pixel, keep their colours; padding is left out")
    func colourPairs() throws {
        let swapped: [UInt8] = [1, 2, 3, 4, 9, 9, 5, 6, 7, 8, 9, 9, 20, 10, 21, 11, 9, 9]
        var frame = try #require(
            Pictures.frame(Pictures.decode(swapped, .nv21, Pictures.size(4, 2), stride: 6, with: camera())))
        #expect(frame.format == .nv12 && Pictures.samples(frame) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(Pictures.samples(frame, plane: 1) == [10, 20, 11, 21])

        let pairs: [UInt8] = [1, 2, 9, 3, 4, 9, 10, 20, 11, 21, 9, 9, 12, 22, 13, 23, 9, 9]
        for (format, first, second) in [(FourCC.nv24, 1, 2), (.nv42, 2, 1)] {
            frame = try #require(
                Pictures.frame(Pictures.decode(pairs, format, Pictures.size(2, 2), stride: 3, with: camera())))
            #expect(frame.format == .yuv444p && Pictures.samples(frame) == [1, 2, 3, 4])
            #expect(Pictures.samples(frame, plane: first) == [10, 11, 12, 13])
            #expect(Pictures.samples(frame, plane: second) == [20, 21, 22, 23])
        }
    }

    @Test(
        "grey of more than 8 bits keeps the highest 8, and what is beyond its bits is white",
        arguments: [(FourCC.y10, 10), (.y12, 12), (.y14, 14), (.y16, 16)])
    func deepGrey(format: FourCC, bits: Int) throws {
        let samples = [0, 1 << (bits - 1), (1 << bits) - 1, 65535]
        let bytes = samples.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let frame = try #require(Pictures.frame(Pictures.decode(bytes, format, Pictures.size(4, 1), with: camera())))
        #expect(frame.format == .gray8 && Pictures.samples(frame) == [0, 128, 255, 255])
    }

    @Test("padding at the end of rows is left out")
    func padding() throws {
        let rows: [[UInt8]] = [[1, 2, 3, 4, 99, 99], [5, 6, 7, 8, 99, 99]]
        let outcome = Pictures.decode(
            rows.flatMap { $0 }, .grey, Pictures.size(4, 2), stride: 6, with: try camera())
        #expect(Pictures.samples(try #require(Pictures.frame(outcome))) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("a raw picture that ends too early is damaged, not read past its end", arguments: [0, 1, 15, 30, 31])
    func short(count: Int) throws {
        let camera = try camera()
        let outcome = Pictures.decode([UInt8](repeating: 1, count: count), .yuyv, Pictures.size(4, 4), with: camera)
        guard case .corrupt = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(
        "an absurd stride is damage, not a crash", arguments: [Int.max, Int.max / 2, 1 << 40],
        [FourCC.nv12, .nv24, .yu12])
    func absurdStride(stride: Int, format: FourCC) throws {
        let bytes = [UInt8](repeating: 1, count: 64)
        for height in [1, 4] {
            let outcome = Pictures.decode(bytes, format, Pictures.size(4, height), stride: stride, with: try camera())
            guard case .corrupt = outcome else {
                Issue.record("not refused")
                return
            }
        }
    }

    @Test("an empty pool drops the picture and counts it")
    func emptyPool() throws {
        let camera = try camera(capacity: 1)
        let bytes = [UInt8](repeating: 1, count: 16)
        let held = Pictures.decode(bytes, .grey, Pictures.size(4, 4), with: camera)
        guard case .noRoom = Pictures.decode(bytes, .grey, Pictures.size(4, 4), with: camera) else {
            Issue.record("a second frame from a pool of one")
            return
        }
        #expect(camera.pool.refused == 1)
        withExtendedLifetime(held) {}
    }

    @Test(
        "a camera hung sideways or upside down is turned upright",
        arguments: [
            (Rotation.right, [4, 1, 5, 2, 6, 3] as [UInt8]), (.half, [6, 5, 4, 3, 2, 1]),
            (.left, [3, 6, 2, 5, 1, 4]),
        ])
    func turns(turn: Rotation, expected: [UInt8]) throws {
        let outcome = Pictures.decode([1, 2, 3, 4, 5, 6], .grey, Pictures.size(3, 2), with: try camera(turn))
        let frame = try #require(Pictures.frame(outcome))
        #expect(Pictures.samples(frame) == expected)
        #expect(frame.size == (turn == .half ? Pictures.size(3, 2) : Pictures.size(2, 3)))
    }

    @Test(
        "colours turn with their picture: pairs stay pairs", arguments: [Rotation.right, .half, .left])
    func colourTurns(turn: Rotation) throws {
        // NV12 4x2: one row of two UV pairs.
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 20, 21]
        let frame = try #require(
            Pictures.frame(Pictures.decode(bytes, .nv12, Pictures.size(4, 2), with: try camera(turn))))
        #expect(Pictures.samples(frame, plane: 1) == (turn == .right ? [10, 11, 20, 21] : [20, 21, 10, 11]))
    }

    @Test("a turned YUYV picture keeps its brightness exactly and its colours as means of two rows")
    func turnedYUYV() throws {
        // 2x2: rows (Y0 U Y1 V).
        let bytes: [UInt8] = [1, 100, 2, 200, 3, 110, 4, 220]
        let frame = try #require(
            Pictures.frame(Pictures.decode(bytes, .yuyv, Pictures.size(2, 2), with: try camera(.right))))
        #expect(frame.format == .yuv420p)
        #expect(Pictures.samples(frame) == [3, 1, 4, 2])
        #expect(Pictures.samples(frame, plane: 1) == [105] && Pictures.samples(frame, plane: 2) == [210])
    }

    @Test("four quarter turns are none, for odd sizes too", arguments: [(5, 3), (1, 7), (33, 17), (16, 16)])
    func fourTurns(width: Int, height: Int) throws {
        var numbers = SplitMix(seed: 3)
        let original = (0..<width * height).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        var (bytes, size) = (original, Pictures.size(width, height))
        for _ in 0..<4 {
            let frame = try #require(Pictures.frame(Pictures.decode(bytes, .grey, size, with: try camera(.right))))
            (bytes, size) = (Pictures.samples(frame), frame.size)
        }
        #expect(bytes == original)
    }
}

@Suite struct JPEGPictureTests {
    private let size = Pictures.size(64, 48)

    private func jpeg() throws -> [UInt8] { try JPEGEncoder().encode(Pictures.gradient(64, 48), quality: 95) }

    private func camera() throws -> TestCamera { try TestCamera(capacity: 2) }

    @Test("a JPEG comes back as the picture that it was made of")
    func roundTrip() throws {
        let frame = try #require(Pictures.frame(Pictures.decode(try jpeg(), .mjpg, size, with: try camera())))
        #expect(frame.format == .yuv420p && frame.size == size && frame.isFullRange)
        #expect(Pictures.difference(Pictures.samples(frame), Pictures.samples(Pictures.gradient(64, 48))) <= 4)
        #expect(Pictures.difference(Pictures.samples(frame, plane: 1), [UInt8](repeating: 120, count: 32 * 24)) <= 3)
    }

    @Test("a JPEG of another size than negotiated is believed")
    func otherSize() throws {
        let bytes = try jpeg()
        let frame = try #require(
            Pictures.frame(Pictures.decode(bytes, .mjpg, Pictures.size(1280, 720), with: try camera())))
        #expect(frame.size == size)
    }

    @Test("padding, junk and a missing end mark do no harm")
    func tails() throws {
        let whole = try jpeg()
        let camera = try camera()
        for bytes in [whole + [UInt8](repeating: 0, count: 500), whole + [1, 2, 3], Array(whole.dropLast(2))] {
            #expect(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: camera)) != nil)
        }
    }

    @Test("a cut JPEG is damaged, and the next one is seen", arguments: [0, 1, 20, 50, 80])
    func cut(percent: Int) throws {
        let whole = try jpeg()
        let count = whole.count * percent / 100
        let camera = try camera()
        guard case .corrupt(let error) = Pictures.decode(Array(whole.prefix(count)), .mjpg, size, with: camera) else {
            Issue.record("half a picture was shown")
            return
        }
        #expect(error.description.contains("damaged picture"))
        #expect(Pictures.frame(Pictures.decode(whole, .mjpg, size, with: camera)) != nil)
    }

    @Test(
        "of a camera that sends no whole pictures three quarters are used, and what is missing is grey, never an older picture",
        arguments: [(100, true), (97, true), (85, true), (50, false), (10, false)], [false, true])
    func partial(kept: (percent: Int, isEnough: Bool), asPreview: Bool) throws {
        let size = Pictures.size(640, 480)
        let whole = try JPEGEncoder().encode(Pictures.noise(640, 480), quality: 90)
        let cut = Array(whole.prefix(whole.count * kept.percent / 100))
        let outcome = Pictures.decode(cut, .mjpg, size, asPreview: asPreview, mayBePartial: true, with: try camera())
        guard kept.isEnough else {
            guard case .corrupt = outcome else {
                Issue.record("\(kept.percent) % of a picture were shown")
                return
            }
            return
        }
        guard case .picture(let picture) = outcome else {
            Issue.record("\(kept.percent) % of a picture were refused")
            return
        }
        #expect(picture.isPartial == (kept.percent < 100))
        guard !asPreview, kept.percent == 85 else { return }
        let samples = Pictures.samples(try #require(Pictures.frame(outcome)))
        #expect(samples.suffix(640).allSatisfy { $0 == 128 } && !samples.prefix(640).allSatisfy { $0 == 128 })
    }

    @Test("a JPEG that claims a monstrous size is refused before memory is taken")
    func monster() throws {
        var bytes = try jpeg()
        let frame = try #require(
            bytes.indices.first { bytes[$0] == 0xFF && bytes[min($0 + 1, bytes.count - 1)] == 0xC0 })
        for offset in 5...8 { bytes[frame + offset] = 0xFF }
        guard case .corrupt = Pictures.decode(bytes, .mjpg, size, with: try camera()) else {
            Issue.record("65535x65535 was decoded")
            return
        }
    }

    @Test("thousands of damaged JPEGs never crash, and a good one is seen after them")
    func corruption() throws {
        let whole = try jpeg()
        let camera = try camera()
        var numbers = SplitMix(seed: 2026)
        var damaged = 0
        for round in 0..<4000 {
            var bytes = whole
            for _ in 0...(round % 8) {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                switch round % 4 {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 5))
                default: bytes.insert(contentsOf: [0xFF, UInt8.random(in: 0xC0...0xFE, using: &numbers)], at: place)
                }
            }
            if Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: camera)) == nil { damaged += 1 }
        }
        #expect(damaged > 400)
        #expect(Pictures.frame(Pictures.decode(whole, .mjpg, size, with: camera)) != nil)
    }

    @Test(
        "webcam JPEGs without Huffman tables are decoded with the standard ones",
        .enabled(if: FFmpeg.program != nil, "ffmpeg makes JPEGs with the standard tables; it is not installed"))
    func withoutTables() throws {
        let whole = try Pictures.withStandardHuffmanTables()
        let bare = Pictures.withoutHuffmanTables(whole)
        #expect(bare.count < whole.count - 400)
        let camera = try camera()
        let a = try #require(Pictures.frame(Pictures.decode(whole, .mjpg, size, with: camera)))
        let b = try #require(Pictures.frame(Pictures.decode(bare, .mjpg, size, with: camera)))
        #expect(Pictures.samples(a) == Pictures.samples(b))
    }
}

@Suite struct JPEGEncoderTests {
    private func decoded(_ bytes: [UInt8]) throws -> Frame {
        let camera = try TestCamera(capacity: 1)
        return try #require(Pictures.frame(Pictures.decode(bytes, .mjpg, PixelSize.smallest, with: camera)))
    }

    @Test("every format becomes a JPEG with the right brightness", arguments: PixelFormat.allCases)
    func formats(format: PixelFormat) throws {
        let frame = try decoded(try JPEGEncoder().encode(Pictures.gradient(62, 46, format), quality: 95))
        #expect(frame.size == Pictures.size(62, 46) && frame.isFullRange)
        let expected = format == .rgb24 || format == .yuyv422 ? nil : Pictures.samples(Pictures.gradient(62, 46))
        if let expected { #expect(Pictures.difference(Pictures.samples(frame), expected) <= 6) }
    }

    @Test("TV range is stretched to the full range that JPEG has")
    func range() throws {
        let frame = try decoded(try JPEGEncoder().encode(Pictures.gradient(64, 48, isFullRange: false), quality: 95))
        let expected = Pictures.samples(Pictures.gradient(64, 48)).map { UInt8(clamping: (Int($0) - 16) * 255 / 219) }
        #expect(Pictures.difference(Pictures.samples(frame), expected) <= 6)
    }

    @Test("a crop shows that part and no other")
    func crop() throws {
        let box = try #require(NormalizedBox(left: 0.5, top: 0.25, width: 0.25, height: 0.5))
        let frame = try decoded(try JPEGEncoder().encode(Pictures.gradient(64, 48), quality: 95, crop: box))
        #expect(frame.size == Pictures.size(16, 24))
        let whole = Pictures.samples(Pictures.gradient(64, 48))
        let expected = (12..<36).flatMap { whole[$0 * 64 + 32..<$0 * 64 + 48] }
        #expect(Pictures.difference(Pictures.samples(frame), expected) <= 6)
    }

    @Test("boxes beyond the frame, tiny and empty ones give a picture all the same")
    func oddCrops() throws {
        for (left, top, width, height) in [
            (-1.0, -1.0, 9.0, 9.0), (0.99, 0.99, 0.5, 0.5), (0.5, 0.5, 0, 0), (2, 2, 1, 1),
        ] {
            let box = try #require(NormalizedBox(left: left, top: top, width: width, height: height))
            for format in PixelFormat.allCases {
                #expect(try !JPEGEncoder().encode(Pictures.gradient(33, 17, format), crop: box).isEmpty)
            }
        }
    }

    @Test("a limit makes the picture smaller in proportion")
    func limit() throws {
        let frame = try decoded(try JPEGEncoder().encode(Pictures.gradient(64, 48), mostSide: 32))
        #expect(frame.size == Pictures.size(32, 24))
    }

    @Test("less quality is fewer bytes, and qualities out of range are moved into it")
    func quality() throws {
        let encoder = try JPEGEncoder()
        var numbers = SplitMix(seed: 1)
        let noise = (0..<64 * 48).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        let camera = try TestCamera(capacity: 1)
        let frame = try #require(Pictures.frame(Pictures.decode(noise, .grey, Pictures.size(64, 48), with: camera)))
        let bytes = try [-5, 1, 50, 100, 500].map { try encoder.encode(frame, quality: $0).count }
        #expect(bytes[0] == bytes[1] && bytes[3] == bytes[4])
        #expect(bytes[1] < bytes[2] && bytes[2] < bytes[3])
    }
}
