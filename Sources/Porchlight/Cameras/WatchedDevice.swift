package import Base
package import Capture
package import Runtime

/// A camera's driver with a heartbeat before every call: the thread that hangs in one cannot say so itself.
package final class WatchedDevice: VideoDevice {
    private let device: any VideoDevice
    private let part: Liveness.Part
    private let beats: Heartbeats

    /// - Parameter camera: whose thread it is that calls.
    package init(_ device: any VideoDevice, camera: CameraName, beats: Heartbeats) {
        self.device = device
        part = .camera(camera)
        self.beats = beats
    }

    package var path: String { device.path }

    private func beat(_ call: String) { beats.beat(part, .driverCall(call, device: device.path)) }

    package func open() throws(SystemError) {
        beat("open")
        try device.open()
    }

    package func close() {
        beat("close")
        device.close()
    }

    package func capability() throws(SystemError) -> DeviceCapability {
        beat("VIDIOC_QUERYCAP")
        return try device.capability()
    }

    package func format(at index: Int) throws(SystemError) -> OfferedFormat? {
        beat("VIDIOC_ENUM_FMT")
        return try device.format(at: index)
    }

    package func size(at index: Int, of format: FourCC) throws(SystemError) -> OfferedSize? {
        beat("VIDIOC_ENUM_FRAMESIZES")
        return try device.size(at: index, of: format)
    }

    package func rate(at index: Int, of format: FourCC, size: PixelSize) throws(SystemError) -> Double? {
        beat("VIDIOC_ENUM_FRAMEINTERVALS")
        return try device.rate(at: index, of: format, size: size)
    }

    package func setFormat(_ format: FourCC, _ size: PixelSize) throws(SystemError) -> DriverFormat {
        beat("VIDIOC_S_FMT")
        return try device.setFormat(format, size)
    }

    package func setRate(_ framesPerSecond: Int) throws(SystemError) -> Double? {
        beat("VIDIOC_S_PARM")
        return try device.setRate(framesPerSecond)
    }

    package func requestBuffers(_ count: Int) throws(SystemError) -> Int {
        beat("VIDIOC_REQBUFS")
        return try device.requestBuffers(count)
    }

    package func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer {
        beat("mmap")
        return try unsafe device.map(index)
    }

    package func unmap(_ memory: UnsafeRawBufferPointer) {
        beat("munmap")
        unsafe device.unmap(memory)
    }

    package func enqueue(_ index: Int) throws(SystemError) {
        beat("VIDIOC_QBUF")
        try device.enqueue(index)
    }

    package func dequeue() throws(SystemError) -> FilledBuffer? {
        beat("VIDIOC_DQBUF")
        return try device.dequeue()
    }

    package func startStreaming() throws(SystemError) {
        beat("VIDIOC_STREAMON")
        try device.startStreaming()
    }

    package func stopStreaming() throws(SystemError) {
        beat("VIDIOC_STREAMOFF")
        try device.stopStreaming()
    }

    package func requestKeyFrame() throws(SystemError) {
        beat("VIDIOC_S_CTRL")
        try device.requestKeyFrame()
    }

    package func wait(atMost timeout: Duration) throws(SystemError) -> Readiness {
        beats.beat(part, .driverCall("poll", device: device.path), quietFor: timeout)
        return try device.wait(atMost: timeout)
    }
}
