import Base
import Capture
import Porchlight
import Runtime
import Testing

/// A driver of which one call does not return until the test lets it.
@safe private final class BlockingDevice: VideoDevice, Sendable {
    let path = "/dev/video7"
    private let blocked: String
    private let gate = Monitor(false)

    init(blockedIn call: String) { blocked = call }

    func letGo() { gate.change { $0 = true } }

    private func pass(_ call: String) {
        guard call == blocked else { return }
        while gate.wait(atMost: .seconds(60), until: { $0 ? true : nil }) == nil {}
    }

    func open() throws(SystemError) { pass("open") }
    func close() { pass("close") }
    func capability() throws(SystemError) -> DeviceCapability {
        DeviceCapability(driver: "uvcvideo", card: "Porch", bus: "usb-1", canCapture: true, canStream: true)
    }
    func format(at index: Int) throws(SystemError) -> OfferedFormat? { nil }
    func size(at index: Int, of format: FourCC) throws(SystemError) -> OfferedSize? { nil }
    func rate(at index: Int, of format: FourCC, size: PixelSize) throws(SystemError) -> Double? { nil }
    func setFormat(_ format: FourCC, _ size: PixelSize) throws(SystemError) -> DriverFormat {
        DriverFormat(fourCC: format, width: size.width, height: size.height, bytesPerLine: 0, sizeImage: 0)
    }
    func setRate(_ framesPerSecond: Int) throws(SystemError) -> Double? { nil }
    func requestBuffers(_ count: Int) throws(SystemError) -> Int { 0 }
    func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer {
        throw SystemError(call: "mmap", errno: 12)
    }
    func unmap(_ memory: UnsafeRawBufferPointer) {}
    func enqueue(_ index: Int) throws(SystemError) {}
    func dequeue() throws(SystemError) -> FilledBuffer? {
        pass("VIDIOC_DQBUF")
        return nil
    }
    func startStreaming() throws(SystemError) {}
    func stopStreaming() throws(SystemError) { pass("VIDIOC_STREAMOFF") }
    func requestKeyFrame() throws(SystemError) {}
    func wait(atMost timeout: Duration) throws(SystemError) -> Readiness { .timedOut }
}

@Suite struct WatchedDeviceTests {
    @Test(
        "the call that does not return is the one that is told, and when it returns nothing is told any more",
        arguments: ["VIDIOC_DQBUF", "VIDIOC_STREAMOFF", "close", "open"])
    func blockedCall(_ call: String) throws {
        let door = try #require(CameraName("door"))
        let (device, beats) = (BlockingDevice(blockedIn: call), Heartbeats())
        let thread = try NamedThread("cam-door") {
            let watched = WatchedDevice(device, camera: door, beats: beats)
            try? watched.open()
            _ = try? watched.dequeue()
            try? watched.stopStreaming()
            watched.close()
            beats.rest(.camera(door))
        }
        let doing = ThreadWork.driverCall(call, device: "/dev/video7")
        while beats.all.first?.doing != doing {}
        var liveness = Liveness()
        let now = MonotonicTime.now()
        for second in 0..<7 {
            _ = liveness.hangs(among: beats.all, at: now + .seconds(second))
        }
        let hang = try #require(liveness.hangs(among: beats.all, at: now + .seconds(7)).first)
        #expect(hang.part == .camera(door) && hang.doing == doing)
        device.letGo()
        thread.join()
        #expect(liveness.hangs(among: beats.all, at: now + .seconds(8)) == [])
    }

    @Test("waiting for a picture as long as was asked is no hang")
    func polling() throws {
        let (door, beats) = (try #require(CameraName("door")), Heartbeats())
        _ = try WatchedDevice(BlockingDevice(blockedIn: ""), camera: door, beats: beats).wait(atMost: .seconds(20))
        #expect(beats.all.first?.quietFor == .seconds(20))
    }
}
