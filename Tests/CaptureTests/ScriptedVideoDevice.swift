import Base
import Capture
import Glibc
import Runtime

/// A clock that moves only when told.
final class ManualClock {
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    func advance(_ duration: Duration) { now = now + duration }
}

/// Plays a driver: what it offers, what it answers, and what happens on the stream in order.
@safe final class ScriptedVideoDevice: VideoDevice {
    enum Moment {
        /// A buffer filled with these bytes.
        case picture([UInt8], sequence: UInt32, isDamaged: Bool = false, bytesUsed: Int? = nil, stamp: Stamp = .now)
        /// Nothing for so long; pictures behind it are not ready before.
        case silence(Duration)
        /// DQBUF fails so.
        case failure(CInt)
        case hangUp
        case queueError
        /// DQBUF names a buffer that does not exist, or one that it returned before.
        case wrongIndex(Int)
        /// QBUF fails so from now on.
        case refuseBuffers(CInt)
    }

    enum Stamp { case now, none, at(MonotonicTime) }

    struct Offer {
        var format: OfferedFormat
        var sizes: [OfferedSize]
        var rates: [Double]
    }

    let path = "/dev/video7"
    let clock: ManualClock
    var offers: [Offer] = []
    var who = DeviceCapability(driver: "uvcvideo", card: "Porch", bus: "usb-1", canCapture: true, canStream: true)
    var granted = 4
    var bytesPerBuffer = 4096
    var openFailure: CInt?
    var rateFailure: CInt?
    /// What S_FMT answers; nil = as asked.
    var answer: ((FourCC, PixelSize) throws(SystemError) -> DriverFormat)?
    var startFailure: (DriverFormat) -> CInt? = { _ in nil }
    var script: [Moment] = []

    private(set) var isOpen = false
    private(set) var isStreaming = false
    private var memory: [Int: UnsafeMutableRawBufferPointer] = unsafe [:]
    var mappedCount: Int { unsafe memory.count }
    private(set) var withDriver: [Int] = []
    private(set) var askedFormats: [DriverFormat] = []
    private var current: DriverFormat?
    private var queueRefusal: CInt?
    private var lastReturned = 0

    init(clock: ManualClock) { self.clock = clock }

    deinit { unsafe memory.values.forEach { unsafe $0.deallocate() } }

    private func fail(_ call: String, _ code: CInt) -> SystemError { SystemError(call: call, errno: code) }

    func open() throws(SystemError) {
        if let openFailure { throw fail("open \(path)", openFailure) }
        isOpen = true
    }

    func close() { isOpen = false }

    func capability() throws(SystemError) -> DeviceCapability { who }

    func format(at index: Int) throws(SystemError) -> OfferedFormat? {
        offers.indices.contains(index) ? offers[index].format : nil
    }

    func size(at index: Int, of format: FourCC) throws(SystemError) -> OfferedSize? {
        let sizes = offers.first { $0.format.fourCC == format }?.sizes ?? []
        return sizes.indices.contains(index) ? sizes[index] : nil
    }

    func rate(at index: Int, of format: FourCC, size: PixelSize) throws(SystemError) -> Double? {
        let rates = offers.first { $0.format.fourCC == format }?.rates ?? []
        return rates.indices.contains(index) ? rates[index] : nil
    }

    func setFormat(_ format: FourCC, _ size: PixelSize) throws(SystemError) -> DriverFormat {
        let asked = DriverFormat(
            fourCC: format, width: size.width, height: size.height, bytesPerLine: 0, sizeImage: 0)
        askedFormats.append(asked)
        let answered = try answer?(format, size) ?? asked
        current = answered
        return answered
    }

    func setRate(_ framesPerSecond: Int) throws(SystemError) -> Double? {
        if let rateFailure { throw fail("VIDIOC_S_PARM", rateFailure) }
        return Double(framesPerSecond)
    }

    func requestBuffers(_ count: Int) throws(SystemError) -> Int {
        withDriver = []
        return min(count, granted)
    }

    func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesPerBuffer, alignment: 64)
        unsafe memory[index] = bytes
        return UnsafeRawBufferPointer(bytes)
    }

    func unmap(_ mapped: UnsafeRawBufferPointer) {
        guard
            let entry = unsafe memory.first(where: {
                unsafe UnsafeRawPointer($0.value.baseAddress) == mapped.baseAddress
            })
        else { return }
        unsafe memory[entry.key] = nil
        unsafe entry.value.deallocate()
    }

    func enqueue(_ index: Int) throws(SystemError) {
        if let queueRefusal { throw fail("VIDIOC_QBUF", queueRefusal) }
        withDriver.append(index)
    }

    func startStreaming() throws(SystemError) {
        if let current, let code = startFailure(current) { throw fail("VIDIOC_STREAMON", code) }
        isStreaming = true
    }

    func stopStreaming() throws(SystemError) { isStreaming = false }

    func dequeue() throws(SystemError) -> FilledBuffer? {
        guard let moment = script.first else { return nil }
        switch moment {
        case .silence: return nil
        case .failure(let code):
            script.removeFirst()
            throw fail("VIDIOC_DQBUF", code)
        case .hangUp: throw fail("VIDIOC_DQBUF", ENODEV)
        case .queueError: return nil
        case .wrongIndex(let index):
            script.removeFirst()
            return FilledBuffer(index: index < 0 ? lastReturned : index, bytesUsed: 1, sequence: 0, stamp: nil)
        case .refuseBuffers(let code):
            script.removeFirst()
            queueRefusal = code
            return try dequeue()
        case .picture(let bytes, let sequence, let isDamaged, let bytesUsed, let stamp):
            guard !withDriver.isEmpty else { return nil }
            script.removeFirst()
            let index = withDriver.removeFirst()
            unsafe memory[index]?.copyBytes(from: bytes.prefix(bytesPerBuffer))
            lastReturned = index
            return FilledBuffer(
                index: index, bytesUsed: bytesUsed ?? bytes.count, sequence: sequence, isDamaged: isDamaged,
                stamp: time(stamp))
        }
    }

    private func time(_ stamp: Stamp) -> MonotonicTime? {
        switch stamp {
        case .now: clock.now
        case .none: nil
        case .at(let time): time
        }
    }

    private(set) var keyFrameRequests = 0

    func requestKeyFrame() throws(SystemError) { keyFrameRequests += 1 }

    func wait(atMost timeout: Duration) throws(SystemError) -> Readiness {
        guard let moment = script.first else {
            clock.advance(timeout)
            return .timedOut
        }
        switch moment {
        case .silence(let duration):
            if duration > timeout {
                script[0] = .silence(duration - timeout)
                clock.advance(timeout)
                return .timedOut
            }
            script.removeFirst()
            clock.advance(duration)
            return .timedOut
        case .hangUp: return .gone
        case .queueError: return .failed
        case .picture, .failure, .wrongIndex, .refuseBuffers: return .ready
        }
    }
}
