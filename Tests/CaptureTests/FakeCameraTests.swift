import Foundation
import Testing

/// Runs `CaptureProbe` with the fake camera preloaded: the whole way from libv4l2's system calls to a frame.
struct ProbeRun {
    let lines: [String]
    var frames: [String] { lines.filter { $0.hasPrefix("frame ") } }
    var offline: [String] { lines.filter { $0.hasPrefix("offline ") } }
    var online: [String] { lines.filter { $0.hasPrefix("online ") } }

    /// `corrupt` in the probe's last line.
    func count(_ name: String) -> Int? {
        lines.last?.split(separator: " ").first { $0.hasPrefix("\(name)=") }.flatMap {
            Int($0.dropFirst(name.count + 1))
        }
    }
}

/// Builds the fake camera once and makes a folder of JPEGs in two sizes.
enum FakeCamera {
    static let ffmpeg: String? = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private static let workshop: String? = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("porchlight-\(UUID().uuidString)")
            .path
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let build = source.appendingPathComponent("FakeV4L2/build.sh").path
        guard let ffmpeg, (try? run("/bin/sh", [build, folder])) != nil else { return nil }
        for size in ["640x480", "320x240"] {
            let words = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=\(size):rate=30:duration=1"]
            guard (try? run(ffmpeg, words + ["-huffman", "default", "-q:v", "3", "\(folder)/\(size)-%03d.jpg"])) != nil
            else { return nil }
        }
        for (encoder, options, ending) in [
            ("libx264", ["-bf", "0"], "h264"), ("libx265", ["-x265-params", "log-level=none:bframes=0"], "hevc"),
        ] {
            let words = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=640x480:rate=30:duration=1"]
            let output = ["-pix_fmt", "yuv420p", "-g", "10", "-f", "image2", "\(folder)/video-%03d.\(ending)"]
            // Not every ffmpeg has both.
            _ = try? run(ffmpeg, words + ["-c:v", encoder] + options + output)
        }
        return folder
    }()

    struct Failure: Error { let output: String }

    @discardableResult
    private static func run(_ program: String, _ words: [String], _ environment: [String: String] = [:]) throws
        -> String
    {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }

    /// The probe lies beside the program that runs these tests.
    private static let probe = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("CaptureProbe").path

    /// - Parameter words: of the fake camera at /dev/video40, behind its pictures and sizes.
    static func probe(_ words: String, _ arguments: [String], formats: String = "MJPG,YUYV,NV12,GREY") throws
        -> ProbeRun
    {
        let folder = try #require(workshop)
        let cameras = "40 frames=\(folder) formats=\(formats) sizes=640x480,320x240 fps=30 \(words)"
        let text = try run(
            probe, arguments, ["LD_PRELOAD": "\(folder)/libfakev4l2.so", "FAKE_V4L2": cameras])
        return ProbeRun(lines: text.split(separator: "\n").map(String.init))
    }

    /// Whether there is a video of this kind for the fake camera to send.
    static func hasVideo(_ ending: String) -> Bool {
        workshop.map { FileManager.default.fileExists(atPath: "\($0)/video-001.\(ending)") } ?? false
    }

    static func watch(
        _ words: String, format: String = "MJPG", size: String = "640x480", frames: Int = 8, seconds: Int = 30,
        fps: Int = 30, turn: Int = 0
    ) throws -> ProbeRun {
        try probe(words, ["watch", "/dev/video40", format, size, "\(fps)", "\(frames)", "\(seconds)", "\(turn)"])
    }
}

@Suite(
    .serialized, .enabled(if: FakeCamera.ffmpeg != nil, "ffmpeg makes the fake camera's pictures; it is not installed"))
struct FakeCameraTests {
    @Test(
        "every format that a webcam speaks becomes frames",
        arguments: [("MJPG", "yuv420p"), ("YUYV", "yuyv422"), ("NV12", "nv12")])
    func formats(format: String, pixels: String) throws {
        let run = try FakeCamera.watch("", format: format)
        #expect(run.frames.count == 8)
        #expect(run.frames.allSatisfy { $0.contains(pixels) || $0.contains("yuv444p") })
        #expect(run.count("corrupt") == 0)
    }

    @Test("an unplugged camera goes offline and comes back when it is plugged in again")
    func unplug() throws {
        let run = try FakeCamera.watch("faults=unplug@6:400", frames: 12)
        #expect(run.frames.count == 12 && run.online.count == 2)
        #expect(run.offline.first?.contains("is gone") == true)
        #expect(run.offline.dropFirst().allSatisfy { $0.contains("no camera at") })
    }

    @Test("a dead queue and a stalled sensor are opened anew", arguments: ["eio@6", "stall@6"])
    func reopened(fault: String) throws {
        let run = try FakeCamera.watch("faults=\(fault)", frames: 12)
        #expect(run.frames.count == 12 && run.online.count == 2 && run.offline.count == 1)
    }

    @Test("damaged pictures are dropped and counted, the stream goes on")
    func damaged() throws {
        let run = try FakeCamera.watch(
            "faults=truncate@4,error@6,empty@8,glitch@10,garbage@12,drop@14-16", frames: 20, fps: 10)
        #expect(run.frames.count == 20 && run.online.count == 1)
        // The overwritten middle may still decode by chance of its bytes, and a machine that is busy for half a second
        // loses pictures of its own: those with a fault may be among them.
        #expect((3...5).contains(run.count("corrupt") ?? 0))
        #expect((3...10).contains(run.count("lost") ?? 0))
    }

    @Test(
        "what other programs live with is lived with: every picture cut, marked, without an end mark, with bytes behind it",
        arguments: [("cut@0+:97", 30), ("cut@0+:85", 10), ("cut@0+:97", 3), ("marked@0+", 30), ("stale@0+", 30)])
    func habits(fault: String, fps: Int) throws {
        let run = try FakeCamera.watch("fps=\(fps) faults=\(fault)", frames: 20, fps: fps)
        #expect(run.frames.count == 20 && run.online.count == 1)
        let isCut = fault.hasPrefix("cut")
        #expect((run.count("corrupt") ?? 0) <= (fault.hasPrefix("stale") ? 0 : 5))
        #expect((run.count("partial") ?? 0 >= 14) == isCut)
        #expect(run.lines.contains { $0.contains("damaged and are used") } == isCut)
    }

    @Test("a camera that is slower than it said is not opened anew again and again")
    func slow() throws {
        let run = try FakeCamera.watch("fps=30 faults=late@3+:3500", frames: 7, seconds: 60)
        #expect(run.frames.count == 7 && run.online.count <= 2)
        #expect(run.lines.contains { $0.contains("slow: ") })
    }

    @Test("pictures without Huffman tables and of another size are seen")
    func oddPictures() throws {
        let run = try FakeCamera.watch("faults=nodht@0+,resize@6-9", frames: 12)
        #expect(run.frames.count == 12 && run.count("corrupt") == 0)
        #expect(run.frames.contains { $0.contains("320x240") } && run.frames.contains { $0.contains("640x480") })
    }

    @Test(
        "a busy camera, a full bus and poor drivers",
        arguments: ["busy:2", "denied:1", "nospace:1", "noparm,nosizes,sizezero,buffers:2"])
    func poorStarts(faults: String) throws {
        #expect(try FakeCamera.watch("faults=\(faults)", frames: 4).frames.count == 4)
    }

    @Test("a bus without room for the wished size leads to a smaller one")
    func bandwidth() throws {
        let run = try FakeCamera.watch("bandwidth=1000000", frames: 3)
        #expect(run.online.first?.contains("MJPG 320x240") == true)
    }

    @Test("the list shows cameras by their lasting names and leaves metadata nodes out")
    func list() throws {
        let run = try FakeCamera.probe("; 41 meta; 42 formats=pBAA", ["list"])
        let cameras = run.lines.filter { $0.hasPrefix("camera ") }
        #expect(cameras.count == 2)
        #expect(cameras.first?.contains("best=/dev/v4l/by-path/platform-fake-usb-0:40:1.0-video-index0") == true)
        #expect(run.lines.contains { $0.contains("unusable") && $0.contains("libcamera") })
    }
}
