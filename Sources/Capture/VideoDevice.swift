package import Base
package import Runtime

/// The questions that the capture room asks a V4L2 driver, in Swift's words; the edge that tests replace.
/// Used by one thread. Every call but `close` throws the system's own error.
package protocol VideoDevice: AnyObject {
    /// The node's path, for messages.
    var path: String { get }

    func open() throws(SystemError)
    /// Never fails; closing twice is harmless.
    func close()
    /// `VIDIOC_QUERYCAP`
    func capability() throws(SystemError) -> DeviceCapability
    /// `VIDIOC_ENUM_FMT`; nil past the last one.
    func format(at index: Int) throws(SystemError) -> OfferedFormat?
    /// `VIDIOC_ENUM_FRAMESIZES`; nil past the last one.
    func size(at index: Int, of format: FourCC) throws(SystemError) -> OfferedSize?
    /// `VIDIOC_ENUM_FRAMEINTERVALS` as frames per second; nil past the last one.
    func rate(at index: Int, of format: FourCC, size: PixelSize) throws(SystemError) -> Double?
    /// `VIDIOC_S_FMT`: the driver answers with what it really does.
    func setFormat(_ format: FourCC, _ size: PixelSize) throws(SystemError) -> DriverFormat
    /// `VIDIOC_S_PARM`: the driver answers with what it really does; nil when it does not say.
    func setRate(_ framesPerSecond: Int) throws(SystemError) -> Double?
    /// `VIDIOC_REQBUFS` with MMAP: the driver answers with how many it really gives. 0 frees them.
    func requestBuffers(_ count: Int) throws(SystemError) -> Int
    /// `VIDIOC_QUERYBUF` and mmap.
    func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer
    func unmap(_ memory: UnsafeRawBufferPointer)
    /// `VIDIOC_QBUF`
    func enqueue(_ index: Int) throws(SystemError)
    /// `VIDIOC_DQBUF`; nil when no picture is ready (EAGAIN).
    func dequeue() throws(SystemError) -> FilledBuffer?
    /// `VIDIOC_STREAMON`
    func startStreaming() throws(SystemError)
    /// `VIDIOC_STREAMOFF`
    func stopStreaming() throws(SystemError)
    /// Asks for a picture that needs none before it (`V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME`); many drivers cannot.
    func requestKeyFrame() throws(SystemError)
    /// `poll`
    func wait(atMost timeout: Duration) throws(SystemError) -> Readiness
}

/// Who the driver says it is.
package struct DeviceCapability: Sendable, Equatable {
    package var driver: String
    package var card: String
    package var bus: String
    /// Delivers pictures (a metadata node does not).
    package var canCapture: Bool
    /// Streams through mapped buffers.
    package var canStream: Bool

    package init(driver: String, card: String, bus: String, canCapture: Bool, canStream: Bool) {
        self.driver = driver
        self.card = card
        self.bus = bus
        self.canCapture = canCapture
        self.canStream = canStream
    }
}

package struct OfferedFormat: Sendable, Equatable {
    package var fourCC: FourCC
    package var name: String
    /// Made by libv4l from another format.
    package var isEmulated: Bool

    package init(fourCC: FourCC, name: String, isEmulated: Bool = false) {
        self.fourCC = fourCC
        self.name = name
        self.isEmulated = isEmulated
    }
}

package enum OfferedSize: Sendable, Equatable {
    case exactly(PixelSize)
    /// Every size from `least` to `most` in steps of so many pixels.
    case range(least: PixelSize, most: PixelSize, stepWidth: Int, stepHeight: Int)
}

/// The answer of `VIDIOC_S_FMT`, as it came: nothing of it is checked yet.
package struct DriverFormat: Sendable, Equatable {
    package var fourCC: FourCC
    package var width: Int
    package var height: Int
    package var bytesPerLine: Int
    package var sizeImage: Int
    /// Samples span 0...255.
    package var isFullRange: Bool

    package init(
        fourCC: FourCC, width: Int, height: Int, bytesPerLine: Int, sizeImage: Int, isFullRange: Bool = false
    ) {
        self.fourCC = fourCC
        self.width = width
        self.height = height
        self.bytesPerLine = bytesPerLine
        self.sizeImage = sizeImage
        self.isFullRange = isFullRange
    }
}

/// The answer of `VIDIOC_DQBUF`, as it came.
package struct FilledBuffer: Sendable, Equatable {
    package var index: Int
    package var bytesUsed: Int
    package var sequence: UInt32
    /// `V4L2_BUF_FLAG_ERROR`: the picture is damaged, the stream goes on.
    package var isDamaged: Bool
    /// Set when the driver says that its stamps are of the monotonic clock.
    package var stamp: MonotonicTime?

    package init(index: Int, bytesUsed: Int, sequence: UInt32, isDamaged: Bool = false, stamp: MonotonicTime?) {
        self.index = index
        self.bytesUsed = bytesUsed
        self.sequence = sequence
        self.isDamaged = isDamaged
        self.stamp = stamp
    }
}

package enum Readiness: Sendable, Equatable {
    case ready
    case timedOut
    /// POLLERR: the queue failed or does not stream.
    case failed
    /// POLLHUP: the device is gone.
    case gone
}
