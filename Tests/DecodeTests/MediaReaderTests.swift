import Base
import Decode
import Foundation
import TestSupport
import Testing

func readAll(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Every frame's time in milliseconds and size, until the end.
private func readThrough(_ reader: MediaReader) throws -> [(milliseconds: Int64, size: PixelSize)] {
    var seen: [(milliseconds: Int64, size: PixelSize)] = []
    while case .frame(let frame) = try reader.next() { seen.append((frame.capturedAt.milliseconds, frame.size)) }
    return seen
}

private func opened(_ path: String) throws -> MediaReader { try .opening(path, pool: FramePool(capacity: 2)) }

@Suite struct PictureFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func jpeg(_ width: Int, _ height: Int) throws -> [UInt8] {
        try JPEGEncoder().encode(Pictures.gradient(width, height))
    }

    @Test("a folder is read in the order of names, other files are passed over, damaged pictures are counted")
    func folderOfPictures() throws {
        _ = try folder.write(try jpeg(32, 16), to: "b.jpg")
        _ = try folder.write(try jpeg(16, 16), to: "a.JPEG")
        _ = try folder.write(Array(try jpeg(16, 16).prefix(60)), to: "c.jpg")
        _ = try folder.write([], to: "d.jpg")
        _ = try folder.write(try jpeg(48, 16), to: "e.jpg")
        _ = try folder.write([1, 2, 3], to: "notes.txt")
        let reader = try opened(folder.path)
        let seen = try readThrough(reader)
        #expect(seen.map(\.size.width) == [16, 32, 48])
        #expect(seen.map(\.milliseconds) == [0, 100, 400])
        #expect(reader.corrupt == 2 && reader.kind == .folder)
        try reader.rewind()
        #expect(try readThrough(reader).count == 3)
    }

    @Test("an empty pool loses nothing: the same picture comes when a buffer is free")
    func emptyPool() throws {
        for name in ["a.jpg", "b.jpg"] { _ = try folder.write(try jpeg(16, 16), to: name) }
        let reader = try MediaReader.opening(folder.path, pool: FramePool(capacity: 1))
        var held: MediaStep? = try reader.next()
        for _ in 0..<3 {
            guard case .noBuffer = try reader.next() else {
                Issue.record("a second frame from a pool of one")
                return
            }
        }
        withExtendedLifetime(held) {}
        held = nil
        guard case .frame(let frame) = try reader.next() else {
            Issue.record("the picture was lost")
            return
        }
        #expect(frame.sequence == 1)
    }

    @Test(
        "what is no picture, clip or folder is refused in words",
        arguments: [
            [], [0x00], Array("#EXTM3U\nhttp://127.0.0.1/x.ts".utf8),
            Array("ffconcat version 1.0\nfile '/etc/passwd'".utf8), Array("<?xml version=\"1.0\"?><MPD/>".utf8),
        ] as [[UInt8]])
    func foreignFiles(bytes: [UInt8]) throws {
        for name in ["x.mp4", "x.jpg", "x.m3u8"] {
            let path = try folder.write(bytes, to: name)
            let error = #expect(throws: DecodeError.self) { _ = try opened(path) }
            #expect(error?.description.contains("clips are MP4, MKV or AVI") == true)
        }
    }

    @Test("addresses and libav's special names are the names of files that do not exist")
    func addresses() throws {
        for path in [
            "http://127.0.0.1:9/x.mp4", "concat:/etc/passwd|/etc/group", "pipe:0", "/dev/null", "\(folder.path)/no",
        ] {
            #expect(throws: DecodeError.self) { _ = try opened(path) }
        }
    }

    @Test("a folder without pictures and a missing file say so")
    func nothingThere() throws {
        #expect(throws: DecodeError.emptyFolder(path: folder.path)) { _ = try opened(folder.path) }
        #expect(throws: DecodeError.notFound(path: "/nowhere/at/all.mp4")) { _ = try opened("/nowhere/at/all.mp4") }
    }

    @Test("a single damaged picture is an error")
    func singleDamaged() throws {
        let path = try folder.write(Array(try jpeg(64, 64).prefix(80)), to: "a.jpg")
        let reader = try opened(path)
        #expect(throws: DecodeError.self) { _ = try reader.next() }
    }
}

@Suite(.enabled(if: FFmpeg.program != nil, "ffmpeg makes the clips; it is not installed"))
struct ClipTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func clip(_ name: String, _ words: [String], seconds: Int = 2) throws -> String {
        let path = "\(folder.path)/\(name)"
        let source = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=\(seconds)"]
        try #require(try FFmpeg.make(source + words + [path]))
        return path
    }

    @Test(
        "clips of every kind give all their pictures at their times",
        arguments: [
            ("a.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "2"]),
            ("b.mkv", ["-c:v", "libx264", "-pix_fmt", "yuv444p"]),
            ("c.avi", ["-c:v", "mjpeg", "-q:v", "3"]), ("d.mp4", ["-c:v", "mpeg4"]), ("e.mkv", ["-c:v", "libvpx-vp9"]),
            ("f.mkv", ["-c:v", "ffv1", "-pix_fmt", "yuv420p10le"]),
        ])
    func kinds(name: String, words: [String]) throws {
        let reader = try opened(try clip(name, words))
        let seen = try readThrough(reader)
        #expect(seen.map(\.milliseconds) == (0..<20).map { Int64($0) * 100 })
        #expect(seen.allSatisfy { $0.size == Pictures.size(160, 120) })
        #expect(reader.corrupt == 0)
        try reader.rewind()
        #expect(try readThrough(reader).count == 20)
    }

    @Test("a telephone's clip held upright is turned as ffmpeg turns it, and the camera's setting comes on top")
    func turned() throws {
        let flat = try clip("flat.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p"])
        let (path, raw) = ("\(folder.path)/up.mp4", "\(folder.path)/up.yuv")
        try #require(try FFmpeg.make(["-i", flat, "-c", "copy", "-metadata:s:v", "rotate=90", path]))
        try #require(try FFmpeg.make(["-i", path, "-frames:v", "1", "-f", "rawvideo", raw]))
        guard case .frame(let upright) = try opened(path).next(), case .frame(let plain) = try opened(flat).next()
        else {
            Issue.record("no frames")
            return
        }
        #expect(upright.size == Pictures.size(120, 160))
        let expected = Array(try readAll(raw).prefix(120 * 160))
        #expect(Pictures.difference(Pictures.samples(upright), expected) == 0)
        let undone = try [Rotation.left, .right].filter { turn in
            let reader = try MediaReader.opening(path, pool: FramePool(capacity: 1), rotation: turn)
            guard case .frame(let frame) = try reader.next() else { return false }
            return frame.size == plain.size && Pictures.samples(frame) == Pictures.samples(plain)
        }
        #expect(undone.count == 1)
    }

    @Test(
        "PNGs with palette, alpha, grey and 16 bits are read",
        arguments: ["rgb24", "rgba", "gray", "pal8", "rgb48be", "ya8"])
    func pngs(format: String) throws {
        let path = "\(folder.path)/a.png"
        try #require(
            try FFmpeg.make(["-f", "lavfi", "-i", "testsrc=size=37x21", "-frames:v", "1", "-pix_fmt", format, path]))
        guard case .frame(let frame) = try opened(path).next() else {
            Issue.record("no frame")
            return
        }
        #expect(frame.size == Pictures.size(37, 21))
        #expect(frame.format == (format == "gray" ? .gray8 : .rgb24))
        #expect(Set(Pictures.samples(frame)).count > 10)
    }

    @Test(
        "a clip cut anywhere gives what is left or a clear error, never a crash",
        arguments: ["a.mp4", "a.mkv", "a.avi"])
    func cutClips(name: String) throws {
        let whole = try readAll(try clip(name, name.hasSuffix("avi") ? ["-c:v", "mjpeg"] : ["-c:v", "libx264"]))
        for part in 0..<40 {
            let path = try folder.write(Array(whole.prefix(whole.count * part / 40)), to: "cut-\(name)")
            do {
                #expect(try readThrough(try opened(path)).count <= 20)
            } catch let error as DecodeError {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test("damaged clips end or go on, never crash or hang", arguments: ["a.mp4", "a.mkv", "a.avi"])
    func damagedClips(name: String) throws {
        let whole = try readAll(
            try clip(name, name.hasSuffix("avi") ? ["-c:v", "mjpeg"] : ["-c:v", "libx264"], seconds: 1))
        var numbers = SplitMix(seed: 7)
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0..<20 {
                bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
            }
            let path = try folder.write(bytes, to: "bad-\(name)")
            do {
                #expect(try readThrough(try opened(path)).count <= 200)
            } catch let error as DecodeError {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test("a sound file has no pictures and says so")
    func sound() throws {
        let path = "\(folder.path)/a.mp4"
        try #require(try FFmpeg.make(["-f", "lavfi", "-i", "sine=duration=1", path]))
        let error = #expect(throws: DecodeError.self) { _ = try opened(path) }
        #expect(error?.description.contains("no pictures") == true)
    }
}

@Suite struct RecordingTests {
    @Test(
        "real recordings give all their pictures at their times",
        // The recordings lie beside the project and are no part of it.
        .enabled(if: SharedClips.path("aws_person_night.mp4") != nil, "the shared recordings are not there"),
        arguments: [
            ("aws_person_night.mp4", 97, 9600, "1280x720"), ("persontracker_people.mp4", 341, 13600, "1280x720"),
            ("persontracker_cctv.mp4", 641, 21355, "640x360"),
            ("intel_one-by-one-person-detection.mp4", 1394, 139300, "768x432"),
        ])
    func recordings(name: String, count: Int, last: Int64, size: String) throws {
        let reader = try opened(try #require(SharedClips.path(name)))
        let seen = try readThrough(reader)
        #expect(seen.count == count)
        #expect(seen.allSatisfy { $0.size.description == size })
        #expect(abs((seen.last?.milliseconds ?? 0) - last) <= 1)
        #expect(reader.corrupt == 0)
    }
}
