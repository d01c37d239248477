import Base
import Decode
import TestSupport
import Testing

/// Every picture of a file or folder, as samples of its first plane.
private func pictures(_ path: String) throws -> [[UInt8]] {
    let reader = try MediaReader.opening(path, pool: FramePool(capacity: 2))
    var seen: [[UInt8]] = []
    while case .frame(let frame) = try reader.next() { seen.append(Pictures.samples(frame)) }
    return seen
}

@Suite(.enabled(if: FFmpeg.program != nil, "ffmpeg makes the pictures; it is not installed"))
struct OnePictureAfterAnotherTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func picture(_ name: String, _ color: String, _ words: [String] = []) throws -> String {
        let path = "\(folder.path)/\(name)"
        let source = ["-f", "lavfi", "-i", "testsrc2=size=64x48,drawbox=c=\(color):t=fill:w=40:h=30"]
        try #require(try FFmpeg.make(source + ["-frames:v", "1"] + words + [path]))
        return path
    }

    @Test("each PNG of a folder looks as it does alone, though all have the same size", arguments: ["rgb24", "rgba"])
    func pngFolder(format: String) throws {
        let paths = try ["red", "green", "blue", "gray"].map { try picture("\($0).png", $0, ["-pix_fmt", format]) }
        let alone = try paths.sorted().flatMap(pictures)
        #expect(try pictures(folder.path) == alone)
    }

    /// Two pictures: one with Huffman tables of its own, one without any, which means the standard ones.
    private func tables() throws -> (own: [UInt8], bare: [UInt8]) {
        let own = try readAll(try picture("a.jpg", "red", ["-huffman", "optimal", "-q:v", "2"]))
        let whole = try readAll(try picture("b.jpg", "green", ["-huffman", "default", "-q:v", "2"]))
        return (own, Pictures.withoutHuffmanTables(whole))
    }

    @Test("the Huffman tables of one JPEG never decode the next one, which has none")
    func huffmanTables() throws {
        let (_, bare) = try tables()
        let path = try folder.write(bare, to: "b.jpg")
        let alone = try pictures(path)
        #expect(alone.count == 1)
        #expect(try pictures(folder.path).last == alone.first)
    }

    @Test("previews of two cameras are decoded by one thread, and neither changes the other's pictures")
    func previewsOfTwoCameras() throws {
        let (own, bare) = try tables()
        let size = Pictures.size(64, 48)
        func preview(_ bytes: [UInt8]) throws -> CameraPicture {
            let camera = try TestCamera()
            return try #require(Pictures.preview(Pictures.decode(bytes, .mjpg, size, asPreview: true, with: camera)))
        }
        let fresh = try PictureDecoder().frame(of: try preview(bare))
        let alone = Pictures.samples(try #require(fresh))
        let shared = try PictureDecoder()
        _ = try shared.frame(of: try preview(own))
        #expect(Pictures.samples(try #require(try shared.frame(of: try preview(bare)))) == alone)
    }

    @Test("each of EXIF's eight orientations shows the picture upright", arguments: 1...8)
    func orientations(orientation: Int) throws {
        let path = try picture("stored.jpg", "red", ["-q:v", "2", "-pix_fmt", "yuvj444p"])
        let tagged = try folder.write(FlatJPEG.tagged(try readAll(path), orientation), to: "tagged.jpg")
        guard case .frame(let stored) = try MediaReader.opening(path, pool: FramePool(capacity: 1)).next(),
            case .frame(let shown) = try MediaReader.opening(tagged, pool: FramePool(capacity: 1)).next()
        else {
            Issue.record("no picture")
            return
        }
        #expect(shown.size == (orientation >= 5 ? Pictures.size(48, 64) : stored.size))
        for plane in 0..<3 {
            let expected = FlatJPEG.upright(Pictures.samples(stored, plane: plane), stored.size, orientation)
            #expect(Pictures.difference(Pictures.samples(shown, plane: plane), expected) == 0)
        }
    }
}

@Suite struct JPEGSequenceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test("a camera's stream that was dumped into a file is a clip of all its pictures, not one picture")
    func dump() throws {
        let one = try JPEGEncoder().encode(Pictures.gradient(64, 48))
        let path = try folder.write(Array([[UInt8]](repeating: one, count: 40).joined()), to: "dump.mjpeg")
        let reader = try MediaReader.opening(path, pool: FramePool(capacity: 2))
        #expect(reader.kind == .clip)
        #expect(try pictures(path).count == 40)
    }

    @Test("a photograph with a second, smaller one behind it stays one picture")
    func multiPicture() throws {
        let one = try JPEGEncoder().encode(Pictures.gradient(64, 48))
        let mark: [UInt8] = [0xFF, 0xE2, 0, 8] + Array("MPF".utf8) + [0, 0, 0]
        let parts = [Array(one.prefix(2)), mark, Array(one.dropFirst(2)), one]
        let path = try folder.write(parts.flatMap { $0 }, to: "phone.jpg")
        #expect(try pictures(path).count == 1)
    }
}

@Suite struct PictureBytesTests {
    private func refusal(_ bytes: [UInt8]) -> DecodeError? {
        do {
            _ = try PictureBytes(bytes)
            return nil
        } catch { return error }
    }

    @Test("a PNG of 40 megapixels and 16 bits is refused by its header, before memory is taken")
    func largePNG() {
        let error = refusal(FlatPNG.header(8000, 5000, bits: 16, colorType: 6))
        guard case .tooMuchMemory(_, let bytes, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bytes > 300_000_000)
    }

    @Test(
        "photographs of telephones are taken, and come out small enough to look at",
        arguments: [(4000, 3000, false), (4000, 3000, true), (8160, 6120, false), (8064, 6048, false)])
    func telephones(width: Int, height: Int, isProgressive: Bool) throws {
        let picture = try PictureBytes(FlatJPEG.make(width, height, isProgressive: isProgressive))
        #expect(picture.memory <= PictureLimit.requestMemory)
        let frame = try picture.frame()
        let pixels = frame.size.width * frame.size.height
        #expect((700_000...3_200_000).contains(pixels))
        #expect(frame.byteCount < picture.memory)
    }

    @Test("a progressive JPEG of 50 megapixels needs all its coefficients at once and is refused")
    func progressive() {
        guard case .tooMuchMemory = refusal(FlatJPEG.make(8160, 6120, isProgressive: true)) else {
            Issue.record("taken")
            return
        }
    }

    @Test("what is too long or has too many pixels is told so, not called damaged")
    func tooLong() {
        guard case .tooLong = refusal(FlatPNG.header(1, 100_000, bits: 8, colorType: 2)),
            case .tooLong = refusal(FlatPNG.header(16_400, 16, bits: 8, colorType: 2)),
            case .tooLarge = refusal(FlatJPEG.make(16_000, 16_000, isProgressive: false))
        else {
            Issue.record("taken, or refused for another reason")
            return
        }
    }

    @Test("a JPEG of hundreds of scans is refused: each one walks over the whole picture")
    func scans() {
        guard case .corrupt(let why) = refusal(FlatJPEG.make(64, 64, isProgressive: true, scans: 300)) else {
            Issue.record("taken")
            return
        }
        #expect(why.contains("scans"))
        #expect(refusal(FlatJPEG.make(64, 64, isProgressive: true, scans: 20)) == nil)
    }

    @Test("a JPEG that says its size twice, to be measured by one and decoded by the other, is refused")
    func twoSizes() throws {
        let small = FlatJPEG.make(64, 64, isProgressive: false)
        let large = FlatJPEG.make(8000, 6000, isProgressive: true)
        let frame = try #require(large.indices.first { large[$0] == 0xFF && large[$0 + 1] == 0xC2 })
        let place = try #require(small.indices.first { small[$0] == 0xFF && small[$0 + 1] == 0xDA })
        var both = small
        both.insert(contentsOf: large[frame..<frame + 19], at: place)
        #expect(refusal(both) != nil)
        // The same inside a table: libavcodec would look for markers in what the table does not need.
        let head: [UInt8] = [0xFF, 0xDB, 0, 67 + 19, 0]
        let table = head + [UInt8](repeating: 1, count: 64) + Array(large[frame..<frame + 19])
        var hidden = small
        hidden.insert(contentsOf: table, at: place)
        #expect(refusal(hidden) != nil)
    }

    @Test("what is inflated without being the picture is passed over: texts and profiles of a PNG, EXIF of a JPEG")
    func bombs() throws {
        let png = FlatPNG.make(16, 16, extra: ("zTXt", [UInt8](repeating: 7, count: 100_000)))
        #expect(try PictureBytes(png).frame().size == Pictures.size(16, 16))
        let jpeg = FlatJPEG.withManyEXIFEntries(FlatJPEG.make(64, 64, isProgressive: false))
        #expect(try PictureBytes(jpeg).frame().size == Pictures.size(64, 64))
    }

    @Test("damaged headers of every kind are refused or decoded, and never crash")
    func corruption() {
        let seeds = [
            FlatJPEG.make(64, 64, isProgressive: true, scans: 3), FlatJPEG.make(40, 30, isProgressive: false),
            FlatPNG.make(16, 16),
        ]
        var (numbers, taken) = (SplitMix(seed: 11), 0)
        for round in 0..<3000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...(round % 5) {
                bytes[Int(numbers.next() % UInt64(min(bytes.count, 400)))] = UInt8(truncatingIfNeeded: numbers.next())
            }
            if round % 7 == 0 { bytes.removeLast(Int(numbers.next() % UInt64(bytes.count))) }
            guard let picture = try? PictureBytes(bytes), picture.memory <= PictureLimit.requestMemory else { continue }
            if (try? picture.frame()) != nil { taken += 1 }
        }
        #expect(taken > 100)
    }
}
