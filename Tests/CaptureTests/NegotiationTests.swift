import Base
import Capture
import Glibc
import Runtime
import Settings
import Testing

/// What a webcam of the usual kind offers.
private func webcam(_ clock: ManualClock) -> ScriptedVideoDevice {
    let device = ScriptedVideoDevice(clock: clock)
    device.bytesPerBuffer = 1280 * 720 * 2
    device.offers = [
        .init(format: CameraBench.yuyv, sizes: sizes([(640, 480), (1280, 720)]), rates: [30, 10]),
        .init(format: CameraBench.mjpg, sizes: sizes([(640, 480), (1280, 720), (1920, 1080)]), rates: [30]),
    ]
    return device
}

private func sizes(_ sides: [(Int, Int)]) -> [OfferedSize] {
    sides.compactMap { PixelSize(width: $0.0, height: $0.1).map(OfferedSize.exactly) }
}

private func settings(_ format: CameraSettings.Format, _ width: Int, _ height: Int, fps: Int = 15) throws
    -> CameraSettings
{
    CameraSettings(
        name: try #require(CameraName("porch")), source: .v4l2(path: "/dev/video7"), format: format,
        size: try #require(PixelSize(width: width, height: height)), fps: fps, rotate: .none)
}

@Suite struct NegotiationTests {
    let clock = ManualClock()

    private func open(_ device: ScriptedVideoDevice, _ settings: CameraSettings) throws -> CaptureFormat {
        try Camera(settings: settings, device: device) { [clock] in clock.now }.open()
    }

    @Test("raw pictures up to VGA, JPEG above: what the USB bus can carry")
    func formatFollowsSize() throws {
        #expect(try open(webcam(clock), try settings(.auto, 640, 480)).fourCC == .yuyv)
        #expect(try open(webcam(clock), try settings(.auto, 1280, 720)).fourCC == .mjpg)
        #expect(try open(webcam(clock), try settings(.yuyv, 1280, 720)).fourCC == .yuyv)
        #expect(try open(webcam(clock), try settings(.mjpg, 640, 480)).fourCC == .mjpg)
    }

    @Test("a raw format that is far too slow gives way to JPEG")
    func slowFormatsLose() throws {
        let device = webcam(clock)
        device.offers[0].rates = [5]
        #expect(try open(device, try settings(.auto, 640, 480, fps: 30)).fourCC == .mjpg)
    }

    @Test("a size that is not offered becomes the nearest, and the difference is told")
    func nearestSize() throws {
        let format = try open(webcam(clock), try settings(.auto, 1600, 900))
        #expect(format.size == PixelSize(width: 1920, height: 1080))
        #expect(format.differences == ["asked for 1600x900, runs 1920x1080"])
    }

    @Test("a size that the owner set and the camera lacks is a trouble, and one that nobody set is none")
    func wrongSize() throws {
        func troubles(isSizeSet: Bool, isBusFull: Bool) throws -> [CameraTrouble] {
            let device = webcam(clock)
            if isBusFull { device.startFailure = { $0.width > 640 ? ENOSPC : nil } }
            var wanted = try settings(.auto, isBusFull ? 1280 : 1600, isBusFull ? 720 : 900)
            wanted.isSizeSet = isSizeSet
            let camera = Camera(settings: wanted, device: device) { [clock] in clock.now }
            _ = try camera.open()
            return camera.troubles
        }
        let lacking = try #require(troubles(isSizeSet: true, isBusFull: false).first)
        #expect(lacking.kind == .wrongSize)
        #expect(lacking.words.contains("1600x900 is set and the camera has 1920x1080"))
        #expect(try troubles(isSizeSet: false, isBusFull: false).isEmpty)
        let crowded = try #require(troubles(isSizeSet: false, isBusFull: true).first)
        #expect(crowded.kind == .wrongSize && crowded.words.contains("no room for MJPG 1280x720"))
    }

    @Test("sizes given as a range are met in its steps")
    func ranges() throws {
        let device = webcam(clock)
        let least = try #require(PixelSize(width: 32, height: 32))
        let most = try #require(PixelSize(width: 2592, height: 1944))
        device.offers = [
            .init(
                format: CameraBench.mjpg,
                sizes: [.range(least: least, most: most, stepWidth: 16, stepHeight: 16)], rates: [30])
        ]
        let format = try open(device, try settings(.auto, 1281, 727))
        #expect(format.size == PixelSize(width: 1280, height: 720))
    }

    @Test("the driver's answer is believed, not what was asked")
    func answerIsBelieved() throws {
        let device = webcam(clock)
        device.answer = { (_, _) throws(SystemError) in
            DriverFormat(
                fourCC: .yuyv, width: 320, height: 240, bytesPerLine: 704, sizeImage: 0, isFullRange: true)
        }
        device.granted = 2
        let format = try open(device, try settings(.auto, 1280, 720))
        #expect(format.fourCC == .yuyv && format.size == PixelSize(width: 320, height: 240))
        #expect(format.stride == 704 && format.isFullRange && format.buffers == 2)
    }

    @Test("a stride below the row's bytes is a driver's mistake and mended")
    func strideIsMended() throws {
        let device = webcam(clock)
        device.answer = { (_, _) throws(SystemError) in
            DriverFormat(fourCC: .yuyv, width: 640, height: 480, bytesPerLine: 3, sizeImage: 0)
        }
        #expect(try open(device, try settings(.auto, 640, 480)).stride == 1280)
    }

    @Test("an answer in a format that nobody reads leads to the next one")
    func foreignAnswer() throws {
        let device = webcam(clock)
        let strange = try #require(FourCC("VP80"))
        device.answer = { (format, size) throws(SystemError) in
            DriverFormat(
                fourCC: format == .yuyv ? strange : format, width: size.width, height: size.height, bytesPerLine: 0,
                sizeImage: 0)
        }
        #expect(try open(device, try settings(.auto, 640, 480)).fourCC == .mjpg)
    }

    @Test("absurd sizes in an answer are refused", arguments: [(0, 480), (640, 0), (-5, 5), (100_000, 2)])
    func absurdAnswer(width: Int, height: Int) throws {
        let device = webcam(clock)
        device.answer = { (format, _) throws(SystemError) in
            DriverFormat(fourCC: format, width: width, height: height, bytesPerLine: 0, sizeImage: 0)
        }
        #expect(throws: CaptureError.self) { _ = try open(device, try settings(.auto, 640, 480)) }
        #expect(device.mappedCount == 0 && !device.isOpen)
    }

    @Test("a full USB bus leads to a leaner format, and to a message only when none fits")
    func bandwidth() throws {
        let device = webcam(clock)
        device.startFailure = { $0.width > 640 || $0.fourCC == .yuyv ? ENOSPC : nil }
        let format = try open(device, try settings(.auto, 1280, 720))
        #expect(format.fourCC == .mjpg && format.size == PixelSize(width: 640, height: 480))
        #expect(format.noRoomFor == ["MJPG 1280x720"])
        device.startFailure = { _ in ENOSPC }
        let error = #expect(throws: CaptureError.self) { _ = try open(device, try settings(.auto, 1280, 720)) }
        guard case .noBandwidth(_, let tried) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(tried == ["MJPG 1280x720", "MJPG 640x480"])
        #expect(device.mappedCount == 0)
    }

    @Test("a format that the camera lacks is told with those it has")
    func lackingFormat() throws {
        let error = #expect(throws: CaptureError.self) {
            _ = try open(webcam(clock), try settings(.nv12, 640, 480))
        }
        #expect(error?.description.contains("offers YUYV, MJPG") == true)
    }

    @Test("a metadata node and a bare sensor are told apart from a camera")
    func notCameras() throws {
        let metadata = webcam(clock)
        metadata.who.canCapture = false
        #expect(throws: CaptureError.notACamera(path: "/dev/video7", card: "Porch")) {
            _ = try open(metadata, try settings(.auto, 640, 480))
        }
        let sensor = webcam(clock)
        let bayer = try #require(FourCC("pBAA"))
        sensor.offers = [
            .init(format: OfferedFormat(fourCC: bayer, name: "10-bit Bayer"), sizes: [], rates: []),
            .init(format: OfferedFormat(fourCC: .yu12, name: "made", isEmulated: true), sizes: [], rates: []),
        ]
        #expect(throws: CaptureError.rawSensorOnly(path: "/dev/video7", offered: [bayer])) {
            _ = try open(sensor, try settings(.auto, 640, 480))
        }
    }

    @Test("what libv4l makes is used only when nothing else can be read")
    func emulatedFormats() throws {
        let device = webcam(clock)
        let made = OfferedFormat(fourCC: .yu12, name: "made", isEmulated: true)
        device.offers.append(.init(format: made, sizes: sizes([(640, 480)]), rates: [30]))
        #expect(try open(device, try settings(.auto, 640, 480)).fourCC == .yuyv)
        let old = try #require(FourCC("S910"))
        device.offers[0].format = OfferedFormat(fourCC: old, name: "SN9C10x")
        device.offers.remove(at: 1)
        #expect(try open(device, try settings(.auto, 640, 480)).fourCC == .yu12)
    }

    @Test("drivers without lists and rates still run")
    func silentDrivers() throws {
        let device = webcam(clock)
        device.offers = [.init(format: CameraBench.yuyv, sizes: [], rates: [])]
        device.rateFailure = ENOTTY
        let format = try open(device, try settings(.auto, 640, 480))
        #expect(format.fps == nil && format.size == PixelSize(width: 640, height: 480))
    }

    @Test(
        "each refusal has its own words and what to do",
        arguments: [
            (ENOENT, "is it plugged in"), (EACCES, "group video"), (EBUSY, "fuser -v"), (ENODEV, "is it plugged in"),
            (ENOMEM, "smaller size"),
        ])
    func refusals(code: CInt, words: String) throws {
        let device = webcam(clock)
        device.openFailure = code
        let error = #expect(throws: CaptureError.self) { _ = try open(device, try settings(.auto, 640, 480)) }
        #expect(error?.description.contains(words) == true)
        #expect(error?.recovery == .retry)
    }
}

@Suite struct RealNodeTests {
    @Test(
        "files, other devices and missing nodes are no cameras",
        arguments: ["/dev/null", "/etc/passwd", "/nowhere/video"])
    func otherThings(path: String) throws {
        let camera = Camera(settings: try settings(.auto, 640, 480), device: V4L2Device(path: path))
        let error = #expect(throws: CaptureError.self) { _ = try camera.open() }
        #expect(error == .notFound(path: path) || error == .notACamera(path: path, card: "no video device"))
    }
}

@Suite struct CameraListTests {
    @Test("a list that a driver never ends is cut off")
    func endlessLists() throws {
        let clock = ManualClock()
        let device = webcam(clock)
        device.offers = [ScriptedVideoDevice.Offer](
            repeating: .init(format: CameraBench.mjpg, sizes: sizes([(640, 480)]), rates: [30]), count: 100_000)
        let camera = Camera(settings: try settings(.auto, 640, 480), device: device) { clock.now }
        #expect(try camera.open().fourCC == .mjpg)
    }

    @Test("FourCCs read as text, whatever a driver puts there")
    func fourCCs() {
        #expect(FourCC.mjpg.description == "MJPG")
        #expect(FourCC("Y16")?.description == "Y16")
        #expect(FourCC(code: 0).description == "????")
        #expect(FourCC("") == nil && FourCC("ABCDE") == nil && FourCC("Ä") == nil)
        #expect(FourCC("NV12") == .nv12)
    }
}
