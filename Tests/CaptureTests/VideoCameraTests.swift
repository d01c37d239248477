import Testing

/// Cameras that send video, whose pictures need those before them, and formats that only some libraries know.
@Suite(
    .serialized, .enabled(if: FakeCamera.ffmpeg != nil, "ffmpeg makes the fake camera's pictures; it is not installed"))
struct VideoCameraTests {
    /// A camera that offers nothing but `format`. Its video has a key frame in ten pictures.
    private func watch(_ format: String, _ words: String = "", frames: Int = 20, seconds: Int = 40) throws -> ProbeRun {
        try FakeCamera.probe(
            words, ["watch", "/dev/video40", "auto", "640x480", "30", "\(frames)", "\(seconds)", "0"], formats: format)
    }

    @Test(
        "a camera that sends nothing but video is seen, and no picture of it is left out", arguments: ["H264", "HEVC"])
    func video(format: String) throws {
        guard FakeCamera.hasVideo(format.lowercased()) else { return }
        let run = try watch(format)
        #expect(run.online.first?.contains("\(format) 640x480") == true)
        #expect(run.frames.count == 20 && run.frames.allSatisfy { $0.contains("yuv420p 640x480") })
        #expect(run.count("skipped") == 0 && run.count("corrupt") == 0 && run.count("warmup") == 0)
    }

    @Test("after a lost or damaged picture of a video those up to the next key frame are dropped and counted")
    func damagedReferences() throws {
        let run = try watch("H264", "faults=drop@13,garbage@34", frames: 40)
        #expect(run.online.count == 1 && run.frames.count == 40)
        // 14 to 19 and 34 to 39; a busy machine loses some of its own.
        #expect((12...30).contains(run.count("corrupt") ?? 0))
    }

    @Test("a video that does not begin with a key frame is seen from its first one on, without an alarm")
    func lateKeyFrame() throws {
        let run = try watch("H264", "faults=empty@0,unplug@13:300", frames: 20)
        #expect(run.frames.count == 20)
        #expect(run.lines.contains("unfinished"))
        #expect(run.offline.allSatisfy { !$0.contains("damaged") && !$0.contains("key frame") })
    }

    /// libavcodec drops what would be shown before what it has shown: of ten pictures one is left.
    @Test("a video of which every key frame is lost shows a picture now and then, and is told")
    func noKeyFrames() throws {
        let losses = stride(from: 10, to: 600, by: 10).map { "drop@\($0)" }.joined(separator: ",")
        let run = try watch("H264", "faults=\(losses)", frames: 16)
        #expect(run.online.count == 1 && run.frames.count == 16)
        #expect(run.lines.contains { $0.contains("damaged and are used") })
    }

    @Test(
        "what libv4l or the table knows becomes pictures",
        arguments: [
            "RGB3", "BGR3", "UYVY", "YVYU", "VYUY", "NV16", "NV21", "NV24", "NV42", "YV12", "422P", "Y10", "Y12", "Y14",
            "Y16", "BA81",
        ])
    func rarerFormats(format: String) throws {
        let run = try watch(format, frames: 3)
        #expect(run.frames.count == 3)
    }

    @Test("a driver whose rows are shorter than they can be ends no program: libv4l would read beyond them")
    func shortRows() throws {
        let run = try watch("BGR3", "faults=shortrows", frames: 3, seconds: 3)
        #expect(run.frames.isEmpty && run.offline.first?.contains("refused") == true)
    }

    @Test(
        "a camera of which nothing is understood is told by the names of what it offers, and what to do",
        arguments: ["PAIR", "VP80,PAIR", "MPG4"])
    func unknownFormats(formats: String) throws {
        let run = try watch(formats, seconds: 1)
        let words = try #require(run.offline.first)
        for format in formats.split(separator: ",") { #expect(words.contains(format)) }
        #expect(words.contains("v4l2loopback") && !words.contains("nothing"))
        let list = try FakeCamera.probe("", ["list"], formats: formats)
        #expect(list.lines.contains { $0.contains("unusable") && $0.contains("v4l2loopback") })
    }
}
