package import Base
import CV4L2
import Glibc
package import Runtime

/// A real V4L2 node through libv4l, which adds what the kernel leaves to user space: multi-planar drivers (common on
/// ARM boards) look like single-planar ones, and exotic formats are converted to YU12 when that is asked for.
package final class V4L2Device: VideoDevice {
    package let path: String
    private var descriptor: CInt = -1
    private var formats: [OfferedFormat]?

    package init(path: String) { self.path = path }

    deinit { close() }

    package func open() throws(SystemError) {
        close()
        Self.silenceLibrary
        try refuseOtherThings()
        descriptor = try SystemError.check("open \(path)") {
            unsafe CV4L2_open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        }
    }

    /// libv4l complains to stderr about what is no V4L2 node.
    /// - Throws: ENOTTY for files and devices of other kinds, and what `stat` says.
    private func refuseOtherThings() throws(SystemError) {
        var facts = stat()
        try SystemError.check("open \(path)") { unsafe stat(path, &facts) }
        guard facts.st_mode & S_IFMT == S_IFCHR, CV4L2_major(UInt64(facts.st_rdev)) == Self.videoMajor else {
            throw SystemError(call: "open \(path)", errno: ENOTTY)
        }
    }

    /// Linux's major number of all V4L2 nodes (`Documentation/admin-guide/devices.txt`).
    private static let videoMajor: UInt32 = 81

    package func close() {
        guard descriptor >= 0 else { return }
        // Nothing could be done about a failure, and the descriptor is gone either way.
        _ = v4l2_close(descriptor)
        descriptor = -1
        formats = nil
    }

    /// libv4l prints to stderr what it also returns as an error.
    private static let silenceLibrary: Void = {
        if let file = unsafe fopen("/dev/null", "we") { unsafe CV4L2_setLogFile(file) }
    }()

    private func ask(_ call: String, _ request: UInt, _ argument: UnsafeMutableRawPointer) throws(SystemError) {
        var tries = 0
        while true {
            do throws(SystemError) {
                // SAFETY: `argument` points to the structure that `request` names; libv4l keeps no pointer to it.
                try SystemError.check(call) { unsafe CV4L2_ioctl(descriptor, request, argument) }
                return
            } catch {
                // USB control transfers time out now and then; the next try works (uStreamer's experience).
                tries += 1
                guard error.errno == ETIMEDOUT, tries < 4 else { throw error }
            }
        }
    }

    /// Asks for entry `index` of a list; nil past its end or when the driver has no such list.
    private func askEntry(_ call: String, _ request: UInt, _ argument: UnsafeMutableRawPointer) throws(SystemError)
        -> Bool
    {
        do throws(SystemError) {
            try unsafe ask(call, request, argument)
            return true
        } catch {
            if error.errno == EINVAL || error.errno == ENOTTY { return false }
            throw error
        }
    }
}

// MARK: - Who are you, what do you offer

extension V4L2Device {
    package func capability() throws(SystemError) -> DeviceCapability {
        var answer = v4l2_capability()
        try unsafe ask("VIDIOC_QUERYCAP", CV4L2_QUERYCAP, &answer)
        // Of the node, not of the whole device: its metadata sibling says the same in `capabilities`.
        let flags = answer.capabilities & CV4L2_CAP_DEVICE_CAPS != 0 ? answer.device_caps : answer.capabilities
        return DeviceCapability(
            driver: text(of: answer.driver), card: text(of: answer.card), bus: text(of: answer.bus_info),
            canCapture: flags & UInt32(V4L2_CAP_VIDEO_CAPTURE) != 0,
            canStream: flags & UInt32(V4L2_CAP_STREAMING) != 0)
    }

    package func format(at index: Int) throws(SystemError) -> OfferedFormat? {
        if formats == nil { formats = try listFormats() }
        guard let formats, formats.indices.contains(index) else { return nil }
        return formats[index]
    }

    /// libv4l hides formats that it can convert from some devices, and multi-planar drivers answer only through it.
    /// So: what the driver says, else what libv4l says in its name, and behind it what libv4l adds.
    private func listFormats() throws(SystemError) -> [OfferedFormat] {
        var own: [OfferedFormat] = []
        var all: [OfferedFormat] = []
        for index in 0..<128 {
            guard let format = try unsafe format(at: index, askedBy: { unsafe CV4L2_driverIoctl($0, $1, $2) }) else {
                break
            }
            own.append(format)
        }
        for index in 0..<128 {
            guard let format = try unsafe format(at: index, askedBy: { unsafe CV4L2_ioctl($0, $1, $2) }) else { break }
            all.append(format)
        }
        return (own.isEmpty ? all.filter { !$0.isEmulated } : own) + all.filter(\.isEmulated)
    }

    private func format(at index: Int, askedBy ask: (CInt, UInt, UnsafeMutableRawPointer) -> CInt) throws(SystemError)
        -> OfferedFormat?
    {
        var answer = v4l2_fmtdesc()
        answer.index = UInt32(clamping: index)
        answer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        do throws(SystemError) {
            try SystemError.check("VIDIOC_ENUM_FMT") { unsafe ask(descriptor, CV4L2_ENUM_FMT, &answer) }
        } catch {
            if error.errno == EINVAL || error.errno == ENOTTY { return nil }
            throw error
        }
        return OfferedFormat(
            fourCC: FourCC(code: answer.pixelformat), name: text(of: answer.description),
            isEmulated: answer.flags & CV4L2_FMT_FLAG_EMULATED != 0)
    }

    package func size(at index: Int, of format: FourCC) throws(SystemError) -> OfferedSize? {
        var answer = v4l2_frmsizeenum()
        answer.index = UInt32(clamping: index)
        answer.pixel_format = format.code
        guard try unsafe askEntry("VIDIOC_ENUM_FRAMESIZES", CV4L2_ENUM_FRAMESIZES, &answer) else { return nil }
        if answer.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue {
            let size = answer.discrete
            return PixelSize(width: Int(size.width), height: Int(size.height)).map(OfferedSize.exactly)
        }
        // Ranges have one entry only.
        guard index == 0 else { return nil }
        let range = answer.stepwise
        let side = UInt32(PixelSize.largestSide)
        guard
            let least = PixelSize(width: Int(max(1, range.min_width)), height: Int(max(1, range.min_height))),
            let most = PixelSize(width: Int(min(side, range.max_width)), height: Int(min(side, range.max_height)))
        else { return nil }
        return .range(
            least: least, most: most, stepWidth: Int(max(1, range.step_width)),
            stepHeight: Int(max(1, range.step_height)))
    }

    package func rate(at index: Int, of format: FourCC, size: PixelSize) throws(SystemError) -> Double? {
        var answer = v4l2_frmivalenum()
        answer.index = UInt32(clamping: index)
        answer.pixel_format = format.code
        answer.width = UInt32(clamping: size.width)
        answer.height = UInt32(clamping: size.height)
        guard try unsafe askEntry("VIDIOC_ENUM_FRAMEINTERVALS", CV4L2_ENUM_FRAMEINTERVALS, &answer) else { return nil }
        if answer.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue {
            return framesPerSecond(answer.discrete)
        }
        // A range: the shortest interval, once.
        return index == 0 ? framesPerSecond(answer.stepwise.min) : nil
    }
}

// MARK: - Do this

extension V4L2Device {
    package func setFormat(_ format: FourCC, _ size: PixelSize) throws(SystemError) -> DriverFormat {
        var wanted = unsafe v4l2_format()
        unsafe wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        unsafe wanted.fmt.pix.pixelformat = format.code
        unsafe wanted.fmt.pix.width = UInt32(clamping: size.width)
        unsafe wanted.fmt.pix.height = UInt32(clamping: size.height)
        unsafe wanted.fmt.pix.field = V4L2_FIELD_ANY.rawValue
        try unsafe ask("VIDIOC_S_FMT", CV4L2_S_FMT, &wanted)
        let answer = unsafe wanted.fmt.pix
        try refuseShortRows(convertedTo: answer.pixelformat)
        return DriverFormat(
            fourCC: FourCC(code: answer.pixelformat), width: Int(answer.width), height: Int(answer.height),
            bytesPerLine: Int(answer.bytesperline), sizeImage: Int(answer.sizeimage),
            isFullRange: isFullRange(answer))
    }

    /// libv4l reads beyond the picture when a driver says that its rows are shorter than they can be.
    /// - Throws: EINVAL, as for a format that the driver does not have.
    private func refuseShortRows(convertedTo format: UInt32) throws(SystemError) {
        var own = unsafe v4l2_format()
        unsafe own.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        // A driver that does not answer is not converted from.
        guard unsafe CV4L2_driverIoctl(descriptor, CV4L2_G_FMT, &own) == 0 else { return }
        let source = unsafe own.fmt.pix
        guard source.pixelformat != format else { return }
        let least = PackedFormat.bytesPerPixel(FourCC(code: source.pixelformat)) * Int(source.width)
        guard Int(source.bytesperline) >= least else { throw SystemError(call: "VIDIOC_S_FMT", errno: EINVAL) }
    }

    /// `V4L2_MAP_QUANTIZATION_DEFAULT` of `linux/videodev2.h`: YUV is limited unless it is JPEG's or says otherwise.
    private func isFullRange(_ answer: v4l2_pix_format) -> Bool {
        if answer.quantization == V4L2_QUANTIZATION_FULL_RANGE.rawValue { return true }
        return answer.quantization == V4L2_QUANTIZATION_DEFAULT.rawValue
            && answer.colorspace == V4L2_COLORSPACE_JPEG.rawValue
    }

    package func setRate(_ framesPerSecond: Int) throws(SystemError) -> Double? {
        var wanted = v4l2_streamparm()
        wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        unsafe wanted.parm.capture.timeperframe = v4l2_fract(
            numerator: 1, denominator: UInt32(clamping: framesPerSecond))
        try unsafe ask("VIDIOC_S_PARM", CV4L2_S_PARM, &wanted)
        return unsafe self.framesPerSecond(wanted.parm.capture.timeperframe)
    }

    /// Nil for intervals that cannot be: a side of 0, or beyond 1000 pictures per second.
    private func framesPerSecond(_ interval: v4l2_fract) -> Double? {
        guard interval.numerator > 0, interval.denominator > 0 else { return nil }
        let rate = Double(interval.denominator) / Double(interval.numerator)
        return rate <= 1000 ? rate : nil
    }

    package func startStreaming() throws(SystemError) {
        var type = CInt(V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue)
        try unsafe ask("VIDIOC_STREAMON", CV4L2_STREAMON, &type)
    }

    package func stopStreaming() throws(SystemError) {
        var type = CInt(V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue)
        try unsafe ask("VIDIOC_STREAMOFF", CV4L2_STREAMOFF, &type)
    }
}

// MARK: - Buffers

extension V4L2Device {
    package func requestBuffers(_ count: Int) throws(SystemError) -> Int {
        var wanted = v4l2_requestbuffers()
        wanted.count = UInt32(clamping: count)
        wanted.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        wanted.memory = V4L2_MEMORY_MMAP.rawValue
        try unsafe ask("VIDIOC_REQBUFS", CV4L2_REQBUFS, &wanted)
        return Int(wanted.count)
    }

    package func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer {
        var buffer = unsafe blankBuffer(index)
        try unsafe ask("VIDIOC_QUERYBUF", CV4L2_QUERYBUF, &buffer)
        let length = unsafe Int(buffer.length)
        let offset = unsafe Int64(buffer.m.offset)
        let address = try SystemError.check("mmap \(path)") {
            unsafe Int(bitPattern: v4l2_mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, offset))
        }
        return unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: length)
    }

    package func unmap(_ memory: UnsafeRawBufferPointer) {
        guard let start = memory.baseAddress else { return }
        // Fails only for an address that was never mapped.
        _ = unsafe v4l2_munmap(UnsafeMutableRawPointer(mutating: start), memory.count)
    }

    package func enqueue(_ index: Int) throws(SystemError) {
        var buffer = unsafe blankBuffer(index)
        try unsafe ask("VIDIOC_QBUF", CV4L2_QBUF, &buffer)
    }

    package func dequeue() throws(SystemError) -> FilledBuffer? {
        var buffer = unsafe blankBuffer(0)
        do throws(SystemError) {
            try unsafe ask("VIDIOC_DQBUF", CV4L2_DQBUF, &buffer)
        } catch {
            if error.errno == EAGAIN { return nil }
            throw error
        }
        let flags = unsafe buffer.flags
        let isMonotonic = flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK) == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
        let (seconds, fraction) = unsafe (buffer.timestamp.tv_sec, buffer.timestamp.tv_usec)
        let stamp = MonotonicTime(nanoseconds: 0) + .seconds(Int64(seconds)) + .microseconds(Int64(fraction))
        return unsafe FilledBuffer(
            index: Int(buffer.index), bytesUsed: Int(buffer.bytesused), sequence: buffer.sequence,
            isDamaged: flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0, stamp: isMonotonic ? stamp : nil)
    }

    package func requestKeyFrame() throws(SystemError) {
        var wanted = v4l2_control(id: CV4L2_FORCE_KEY_FRAME, value: 1)
        try unsafe ask("VIDIOC_S_CTRL", CV4L2_S_CTRL, &wanted)
    }

    package func wait(atMost timeout: Duration) throws(SystemError) -> Readiness {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = try SystemError.check("poll \(path)") {
            unsafe poll(&request, 1, CInt(clamping: max(0, timeout.milliseconds)))
        }
        guard count > 0 else { return .timedOut }
        if request.revents & Int16(POLLHUP | POLLNVAL) != 0 { return .gone }
        return request.revents & Int16(POLLERR) != 0 ? .failed : .ready
    }

    private func blankBuffer(_ index: Int) -> v4l2_buffer {
        var buffer = unsafe v4l2_buffer()
        unsafe buffer.index = UInt32(clamping: index)
        unsafe buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        unsafe buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return unsafe buffer
    }
}

/// The text in a fixed array of characters that may lack its NUL; what is not UTF-8 becomes U+FFFD.
private func text<T: BitwiseCopyable>(of characters: T) -> String {
    unsafe withUnsafeBytes(of: characters) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
