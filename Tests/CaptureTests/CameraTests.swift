import Base
import Capture
import Glibc
import Runtime
import Settings
import Testing

/// A camera on a scripted driver, with a size so small that its raw pictures are a few bytes.
struct CameraBench {
    let clock = ManualClock()
    let device: ScriptedVideoDevice
    let camera: Camera

    static let yuyv = OfferedFormat(fourCC: .yuyv, name: "YUYV 4:2:2")
    static let mjpg = OfferedFormat(fourCC: .mjpg, name: "Motion-JPEG")

    init(
        _ format: OfferedFormat = CameraBench.yuyv, width: Int = 4, height: Int = 2, fps: Int = 3,
        asked: CameraSettings.Format = .auto
    ) throws {
        let device = ScriptedVideoDevice(clock: clock)
        let size = try #require(PixelSize(width: width, height: height))
        device.offers = [.init(format: format, sizes: [.exactly(size)], rates: [30])]
        let name = try #require(CameraName("porch"))
        // 3 pictures per second: below 5 none is held back for exposure, so tests see the first.
        let settings = CameraSettings(
            name: name, source: .v4l2(path: "/dev/video7"), format: asked, size: size, fps: fps, rotate: .none)
        self.device = device
        camera = Camera(settings: settings, device: device) { [clock] in clock.now }
    }

    /// The bytes of a 4x2 YUYV picture, all alike.
    static func picture(_ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: 16) }

    /// First byte, sequence and time of the next picture.
    func next(within timeout: Duration = .seconds(1)) throws -> (value: UInt8, sequence: UInt64, at: MonotonicTime)? {
        try camera.next(within: timeout) { (unsafe $0.bytes[0], $0.sequence, $0.capturedAt) }
    }
}

@Suite struct CameraTests {
    @Test("of several waiting pictures the newest is seen, the older ones are counted and given back at once")
    func newestWins() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [
            .picture(CameraBench.picture(1), sequence: 0), .picture(CameraBench.picture(2), sequence: 1),
            .picture(CameraBench.picture(3), sequence: 2),
        ]
        #expect(try bench.next()?.value == 3)
        #expect(bench.camera.counts.skipped == 2)
        #expect(bench.camera.counts.captured == 1)
        #expect(bench.device.withDriver.sorted() == [0, 1, 2, 3])
    }

    @Test("a damaged, empty or short picture is dropped and counted, and the one before it is seen instead")
    func damagedPicturesAreDropped() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [
            .picture(CameraBench.picture(1), sequence: 0),
            .picture(CameraBench.picture(2), sequence: 1, isDamaged: true),
            .picture([], sequence: 2), .picture([9, 9, 9], sequence: 3),
        ]
        #expect(try bench.next()?.value == 1)
        #expect(bench.camera.counts.corrupt == 3)
        #expect(bench.camera.counts.skipped == 0)
    }

    @Test("a driver that claims more bytes than were mapped cannot make us read past them")
    func claimedLengthIsBounded() throws {
        let bench = try CameraBench()
        bench.device.bytesPerBuffer = 16
        _ = try bench.camera.open()
        bench.device.script = [.picture(CameraBench.picture(5), sequence: 0, bytesUsed: 1 << 30)]
        #expect(try bench.camera.next(within: .seconds(1)) { unsafe $0.bytes.count } == 16)
    }

    @Test("gaps in the driver's numbers are lost pictures, and the frame numbers show them")
    func gapsAreLost() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [.picture(CameraBench.picture(1), sequence: 10)]
        let first = try #require(try bench.next())
        bench.device.script = [.picture(CameraBench.picture(2), sequence: 14)]
        let second = try #require(try bench.next())
        #expect(bench.camera.counts.lost == 3)
        #expect(second.sequence == first.sequence + 4)
    }

    @Test("a driver that does not count loses nothing", arguments: [[0, 0, 0], [7, 3, 1], [5, 5, 4_000_000_000]])
    func countersThatAreNone(sequences: [UInt32]) throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        for sequence in sequences {
            bench.device.script = [.picture(CameraBench.picture(1), sequence: sequence)]
            #expect(try bench.next() != nil)
        }
        #expect(bench.camera.counts.lost == 0)
    }

    @Test("a counter that wraps around at 32 bits is no loss")
    func counterWraps() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        for sequence in [UInt32.max - 1, .max, 0, 1] {
            bench.device.script = [.picture(CameraBench.picture(1), sequence: sequence)]
            #expect(try bench.next() != nil)
        }
        #expect(bench.camera.counts.lost == 0)
    }

    @Test("times never go back, whatever the driver stamps")
    func timesGoForward() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        let start = bench.clock.now
        var times: [MonotonicTime] = []
        for stamp: ScriptedVideoDevice.Stamp in [
            .now, .none, .at(start + .seconds(-1)), .at(MonotonicTime(nanoseconds: 0)), .at(start + .seconds(3600)),
            .now,
        ] {
            bench.clock.advance(.milliseconds(100))
            bench.device.script = [.picture(CameraBench.picture(1), sequence: 0, stamp: stamp)]
            times.append(try #require(try bench.next()).at)
        }
        #expect(times == (1...6).map { start + .milliseconds(100 * $0) })
    }

    @Test("nothing for a while is no error, nothing for the stall time is one")
    func silenceBecomesStall() throws {
        let bench = try CameraBench(fps: 30)
        _ = try bench.camera.open()
        #expect(bench.camera.stallTimeout == .seconds(3))
        #expect(try bench.next(within: .seconds(1)) == nil)
        #expect(try bench.next(within: .seconds(1)) == nil)
        let error = #expect(throws: CaptureError.self) { _ = try bench.next(within: .seconds(2)) }
        guard case .stalled(_, let after, 0) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(after >= .seconds(3) && after < .milliseconds(3100))
    }

    @Test("a slow camera is given the time of five pictures")
    func slowCamerasHaveTime() throws {
        let bench = try CameraBench(fps: 1)
        _ = try bench.camera.open()
        #expect(bench.camera.stallTimeout == .seconds(5))
        bench.device.script = [.silence(.milliseconds(4500)), .picture(CameraBench.picture(1), sequence: 0)]
        #expect(try bench.next(within: .seconds(10))?.value == 1)
    }

    @Test("only damaged pictures are as bad as none")
    func damagedOnlyStalls() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        for index in 0..<20 {
            bench.device.script += [.silence(.milliseconds(300)), .picture([1], sequence: UInt32(index))]
        }
        let error = #expect(throws: CaptureError.self) { _ = try bench.next(within: .seconds(10)) }
        guard case .stalled(_, _, let corrupt) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(corrupt >= 9)
    }

    @Test("pictures that the decoder rejects count as damaged, and nothing but such is a stall")
    func rejectedPicturesStall() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        var seen = 0
        let error = #expect(throws: CaptureError.self) {
            for index in 0..<40 {
                bench.device.script = [
                    .silence(.milliseconds(300)), .picture(CameraBench.picture(1), sequence: UInt32(index)),
                ]
                _ = try bench.next(within: .seconds(1))
                bench.camera.reject()
                seen += 1
            }
        }
        guard case .stalled = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.camera.counts.corrupt == UInt64(seen))
        #expect(bench.camera.counts.captured == 0)
    }

    @Test("an unplugged camera says so and is opened again when it is back")
    func unplugAndReplug() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [.hangUp]
        #expect(throws: CaptureError.unplugged(path: "/dev/video7")) { _ = try bench.next() }
        bench.camera.close()
        #expect(bench.device.mappedCount == 0)
        bench.device.script = []
        bench.device.openFailure = ENOENT
        #expect(throws: CaptureError.notFound(path: "/dev/video7")) { _ = try bench.camera.open() }
        bench.device.openFailure = nil
        _ = try bench.camera.open()
        bench.device.script = [.picture(CameraBench.picture(4), sequence: 0)]
        #expect(try bench.next()?.value == 4)
    }

    @Test("one EIO is a lost picture, EIO again and again is a dead queue")
    func ioErrors() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [.failure(EIO), .picture(CameraBench.picture(1), sequence: 0)]
        #expect(try bench.next()?.value == 1)
        #expect(bench.camera.counts.corrupt == 1)
        bench.device.script = [.failure(EIO), .failure(EIO), .failure(EIO), .failure(EIO)]
        let error = #expect(throws: CaptureError.self) { _ = try bench.next() }
        guard case .system(_, let system) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(system.errno == EIO)
    }

    @Test("a driver that names a buffer it does not have is not believed", arguments: [4, 99, -1])
    func wrongBuffers(index: Int) throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        if index < 0 {
            // A picture that is taken but damaged is given back; returning it while it is ours is the error.
            bench.device.granted = 1
            bench.camera.close()
            _ = try bench.camera.open()
            bench.device.script = [.picture(CameraBench.picture(1), sequence: 0), .wrongIndex(-1)]
        } else {
            bench.device.script = [.wrongIndex(index)]
        }
        let error = #expect(throws: CaptureError.self) { _ = try bench.next() }
        guard case .driverBroken = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a queue that fails without a reason ends the stream instead of spinning")
    func failedQueue() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [.queueError]
        #expect(throws: CaptureError.self) { _ = try bench.next() }
    }

    @Test("when a buffer cannot be given back the picture is still seen, the failure comes next")
    func lateFailure() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        bench.device.script = [.refuseBuffers(ENODEV), .picture(CameraBench.picture(6), sequence: 0)]
        #expect(try bench.next()?.value == 6)
        #expect(throws: CaptureError.unplugged(path: "/dev/video7")) { _ = try bench.next() }
    }

    @Test("the first pictures of a fast camera are held back while exposure settles")
    func warmUp() throws {
        let bench = try CameraBench(fps: 15)
        _ = try bench.camera.open()
        bench.device.script = (0..<3).map { .picture(CameraBench.picture(UInt8($0)), sequence: UInt32($0)) }
        #expect(try bench.next()?.value == 2)
        #expect(bench.camera.counts.warmUp == 2)
    }

    @Test("closing gives back memory, stream and device, and may be done twice")
    func closing() throws {
        let bench = try CameraBench()
        _ = try bench.camera.open()
        #expect(bench.device.isStreaming && bench.device.mappedCount == 4)
        bench.camera.close()
        bench.camera.close()
        #expect(!bench.device.isStreaming && bench.device.mappedCount == 0 && !bench.device.isOpen)
        #expect(throws: CaptureError.self) { _ = try bench.next() }
    }
}

@Suite struct JPEGCheckTests {
    /// Something that starts and ends like a JPEG.
    static func jpeg(end: [UInt8] = [0xFF, 0xD9]) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xDA, 0, 2] + [UInt8](repeating: 0x55, count: 200) + end
    }

    private func seen(_ pictures: [[UInt8]]) throws -> Int {
        let bench = try CameraBench(CameraBench.mjpg)
        _ = try bench.camera.open()
        var count = 0
        for (index, picture) in pictures.enumerated() {
            bench.device.script = [.picture(picture, sequence: UInt32(index))]
            if try bench.next(within: .milliseconds(10)) != nil { count += 1 }
        }
        return count
    }

    @Test("whole JPEGs are seen, also with padding behind the end")
    func whole() throws {
        let padded = Self.jpeg() + [UInt8](repeating: 0, count: 900)
        let junk = Self.jpeg() + [1, 2, 3]
        #expect(try seen([Self.jpeg(), padded, junk]) == 3)
    }

    @Test("cut, empty and foreign bytes are no pictures")
    func cut() throws {
        let cut = Self.jpeg(end: [])
        #expect(try seen([Self.jpeg(), cut, [0xFF, 0xD8], [], [UInt8](repeating: 7, count: 300)]) == 1)
    }

    @Test("a camera that never ends its JPEGs is believed after a few, at every rate", arguments: [1, 3, 10, 30])
    func neverEnding(fps: Int) throws {
        let bench = try CameraBench(CameraBench.mjpg, fps: fps)
        var seen = 0
        for opening in 0..<2 {
            _ = try bench.camera.open()
            for index in 0..<20 {
                bench.device.script = [
                    .silence(.seconds(1) / fps), .picture(Self.jpeg(end: []), sequence: UInt32(index)),
                ]
                if try bench.next(within: .seconds(1) / fps + .milliseconds(10)) != nil { seen += 1 }
            }
            // Two wait for the exposure of a fast camera, and what was learned outlives the opening.
            #expect(seen >= (opening == 0 ? 14 : 32))
        }
    }

    @Test("what lies before the picture and behind its end is left out, an old end mark in a thumbnail is none")
    func straysAround() throws {
        let segment: [UInt8] = [0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 1, 2]
        let picture = [0xFF, 0xD8] + segment + [UInt8](repeating: 0x55, count: 200) + [0xFF, 0xD9]
        let stale = [UInt8](repeating: 0x77, count: 3000)
        for bytes in [[0, 9] + picture, picture + stale, [7] + picture + stale] {
            let bench = try CameraBench(CameraBench.mjpg)
            _ = try bench.camera.open()
            bench.device.script = [.picture(bytes, sequence: 0)]
            let lent = try bench.camera.next(within: .milliseconds(10)) { unsafe [UInt8]($0.bytes) }
            #expect(lent == picture)
        }
        let cut = Array(picture.dropLast(2))
        #expect(try seen([cut + stale]) == 0)
    }
}

@Suite("Cameras that other programs can live with") struct CameraHabitTests {
    private func lends(_ bench: CameraBench, _ picture: ScriptedVideoDevice.Moment) throws -> Bool? {
        bench.device.script = [.silence(.milliseconds(200)), picture]
        return try bench.camera.next(within: .milliseconds(250)) { $0.mayBePartial }
    }

    @Test("one damaged picture among whole ones is dropped; when nearly all are, they are used as far as they decode")
    func damaged() throws {
        let bench = try CameraBench(CameraBench.mjpg)
        _ = try bench.camera.open()
        let (whole, cut) = (JPEGCheckTests.jpeg(), JPEGCheckTests.jpeg(end: []))
        for index in 0..<10 {
            #expect(try lends(bench, .picture(whole, sequence: UInt32(2 * index))) == false)
            #expect(try lends(bench, .picture(cut, sequence: UInt32(2 * index + 1))) == nil)
        }
        #expect(bench.camera.counts.corrupt == 10)
        var used = 0
        for index in 0..<10 where try lends(bench, .picture(cut, sequence: UInt32(30 + index))) == true { used += 1 }
        // One damaged picture came just before these.
        #expect(used == 10 - (3 - 1))
    }

    @Test(
        "pictures that the driver marks and that decode are used when there are no others, and are not called damaged")
    func marked() throws {
        let bench = try CameraBench(CameraBench.mjpg)
        _ = try bench.camera.open()
        var used = 0
        for index in 0..<20 {
            let moment = ScriptedVideoDevice.Moment.picture(
                JPEGCheckTests.jpeg(), sequence: UInt32(index), isDamaged: true)
            if try lends(bench, moment) != nil { used += 1 }
        }
        #expect(
            used == 20 - 3 && bench.camera.counts.partial == 0 && bench.camera.troubles.isEmpty)
    }

    @Test("pictures that the decoder finds cut are counted as partial, and the trouble is told and ends")
    func partial() throws {
        let bench = try CameraBench(CameraBench.mjpg)
        _ = try bench.camera.open()
        for index in 0..<20
        where try lends(bench, .picture(JPEGCheckTests.jpeg(end: []), sequence: UInt32(index))) == true {
            bench.camera.notePartial()
        }
        #expect(bench.camera.counts.partial >= 12)
        #expect(bench.camera.troubles.contains { $0.kind == .damaged && $0.words.contains("cable") })
        for index in 0..<130 { _ = try lends(bench, .picture(JPEGCheckTests.jpeg(), sequence: UInt32(100 + index))) }
        #expect(bench.camera.troubles.isEmpty)
        #expect(try lends(bench, .picture(JPEGCheckTests.jpeg(), sequence: 300)) == false)
    }

    @Test("raw pictures that lose their end are used with three quarters, not with less")
    func shortRaw() throws {
        for (bytes, isUsed) in [(14, true), (12, true), (11, false), (1, false)] {
            let bench = try CameraBench()
            _ = try bench.camera.open()
            var lent: [Int] = []
            for index in 0..<8 {
                bench.device.script = [.picture([UInt8](repeating: 3, count: bytes), sequence: UInt32(index))]
                if let count = try bench.camera.next(within: .milliseconds(10), { unsafe $0.bytes.count }) {
                    lent.append(count)
                }
            }
            #expect(lent == (isUsed ? [16, 16, 16, 16, 16] : []))
        }
    }

    @Test("a camera that is slower than it said is slow, not dead: it is not opened anew, and it is told")
    func slow() throws {
        let bench = try CameraBench(fps: 30)
        var openings = 0
        var seen = 0
        // A picture every four seconds, of a camera that agreed to thirty a second.
        while seen < 10, openings < 6 {
            _ = try bench.camera.open()
            openings += 1
            bench.device.script = (0..<12).flatMap {
                [.silence(.seconds(4)), .picture(CameraBench.picture(1), sequence: UInt32($0))]
            }
            do throws(CaptureError) {
                while seen < 10 { if try bench.camera.next(within: .seconds(1), { _ in true }) != nil { seen += 1 } }
            } catch { bench.camera.close() }
        }
        #expect(seen == 10 && openings <= 3)
        #expect(bench.camera.troubles.contains { $0.kind == .slow && $0.words.hasPrefix("slow") })
    }

    @Test(
        "pictures that wait for the exposure are a sign of life: a slow camera is not opened anew before the third one")
    func warmUpIsLife() throws {
        let bench = try CameraBench(fps: 30)
        _ = try bench.camera.open()
        bench.device.script = (0..<3).flatMap {
            [.silence(.milliseconds(2500)), .picture(CameraBench.picture(UInt8($0)), sequence: UInt32($0))]
        }
        #expect(try bench.camera.next(within: .seconds(9)) { _ in true } == true)
    }

    @Test("a dead camera is still found within seconds after it was a healthy one")
    func deadIsFound() throws {
        let bench = try CameraBench(fps: 30)
        _ = try bench.camera.open()
        for index in 0..<10 { _ = try lends(bench, .picture(CameraBench.picture(1), sequence: UInt32(index))) }
        #expect(bench.camera.stallTimeout == .seconds(3))
    }
}
