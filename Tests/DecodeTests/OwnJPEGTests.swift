import Base
import Decode
import Testing

@Suite("A camera's own bytes as a file")
struct OwnJPEGTests {
    private let size = Pictures.size(64, 48)

    private func jpeg() throws -> [UInt8] { try JPEGEncoder().encode(Pictures.gradient(64, 48), quality: 95) }

    private func file(_ bytes: [UInt8], _ turn: Rotation = .none) throws -> [UInt8]? {
        try #require(Pictures.asSent(bytes, size, try TestCamera(turn))).ownJPEG
    }

    /// The segments in front of the first scan: their markers, and what is in them.
    private func segments(_ jpeg: [UInt8]) -> [(marker: UInt8, payload: [UInt8])] {
        var found: [(UInt8, [UInt8])] = []
        var index = 2
        while index + 4 <= jpeg.count, jpeg[index] == 0xFF, jpeg[index + 1] != 0xDA {
            let length = Int(jpeg[index + 2]) << 8 + Int(jpeg[index + 3])
            found.append((jpeg[index + 1], Array(jpeg[(index + 4)..<min(jpeg.count, index + 2 + length)])))
            index += 2 + length
        }
        return found
    }

    @Test("it is the same picture, sample for sample, and nobody has decoded it")
    func samePicture() throws {
        let bytes = try jpeg(), camera = try TestCamera()
        let picture = try #require(Pictures.asSent(bytes, size, camera))
        let own = try #require(picture.ownJPEG)
        #expect(picture.preview == nil)
        let shown = try #require(Pictures.frame(Pictures.decode(own, .mjpg, size, with: camera)))
        let sent = try #require(Pictures.frame(Pictures.decode(bytes, .mjpg, size, with: camera)))
        for plane in sent.planes.indices {
            #expect(Pictures.samples(shown, plane: plane) == Pictures.samples(sent, plane: plane))
        }
    }

    @Test(
        "Huffman tables that a webcam leaves out are put in, since browsers do not know them by heart",
        .enabled(if: FFmpeg.program != nil, "ffmpeg makes JPEGs with the standard tables; it is not installed"))
    func tables() throws {
        let whole = try Pictures.withStandardHuffmanTables()
        let standard = try #require(segments(whole).first { $0.marker == 0xC4 }).payload
        let own = try #require(try file(Pictures.withoutHuffmanTables(whole)))
        #expect(segments(own).first { $0.marker == 0xC4 }?.payload == standard)
    }

    @Test("the end mark is put in where it is missing, and what follows it is left out")
    func tails() throws {
        let whole = try jpeg()
        for bytes in [Array(whole.dropLast(2)), whole, whole + [UInt8](repeating: 0, count: 500), whole + [1, 2, 3]] {
            let own = try #require(try file(bytes))
            #expect(own.suffix(2) == [0xFF, 0xD9] && own.count < whole.count + 500)
        }
    }

    @Test("the camera's EXIF and whatever else it has put in are left out: they may say that it hangs otherwise")
    func metadata() throws {
        let own = try #require(try file(FlatJPEG.tagged(try jpeg(), 6)))
        #expect(!segments(own).contains { (0xE0...0xEF).contains($0.marker) || $0.marker == 0xFE })
    }

    @Test("a picture that has to be turned or that came raw has none, nor has damage", arguments: [true, false])
    func none(isTurned: Bool) throws {
        if isTurned { #expect(try file(try jpeg(), .half) == nil) }
        #expect(try file([UInt8](repeating: 7, count: 400)) == nil)
        #expect(CameraPicture(Pictures.gradient(64, 48)).ownJPEG == nil)
    }

    @Test("what two look at is encoded once, and what could not be encoded is tried again")
    func shared() throws {
        let picture = CameraPicture(Pictures.gradient(64, 48))
        var count = 0
        func encode() -> [UInt8]? {
            count += 1
            return count == 1 ? nil : [1, 2, 3]
        }
        #expect(picture.sharedJPEG(or: encode) == nil)
        #expect(picture.sharedJPEG(or: encode) == [1, 2, 3])
        #expect(picture.sharedJPEG(or: encode) == [1, 2, 3])
        #expect(count == 2)
    }
}
