package import Base
import Glibc
import Runtime
package import Settings

/// One V4L2 camera: open, negotiate, then the newest valid picture again and again; of video each picture. It never retries an open by itself:
/// it throws, and whoever runs the camera's thread waits and opens again. Used by one thread.
package final class Camera {
    package let settings: CameraSettings
    /// What was lost on the way, since this camera was made; survives reopening.
    package private(set) var counts = CaptureCounts()
    /// What runs; nil while closed.
    package private(set) var format: CaptureFormat?

    private let device: any VideoDevice
    private let now: () -> MonotonicTime
    private var ring: BufferRing?
    private var row: PixelFormatRow?
    private var leastBytes = 1
    private var stamps = StampCheck()
    private var health = Health()
    /// As it was before the picture that is lent, or was lent last.
    private var healthBeforeLent: Health?
    private var warmUpLeft = 0
    private var tolerance = DamageTolerance()
    private var rhythm = PictureRhythm()
    /// Of the picture that was lent last, until it is settled.
    private var lent: Condition?
    /// The share of partial pictures of late, 0...1.
    private var partialShare = 0.0
    private var sendsPartial = false
    private var isSlow = false
    private var ioErrors = 0
    private var keyFrames = KeyFrameWait()
    private var pendingFailure: CaptureError?

    /// What is known of a picture before it is decoded.
    private enum Condition {
        case whole
        /// It may be whole all the same: it has no end mark, or the driver says that something was wrong.
        case doubtful
        /// Something is missing.
        case partial
    }

    /// The bytes of a buffer that a picture can be made of.
    @safe private struct Usable {
        let bytes: UnsafeRawBufferPointer
        let condition: Condition
    }

    private struct Health {
        var lastValid = MonotonicTime(nanoseconds: 0)
        var corruptSince: UInt64 = 0
    }

    /// Two for the driver to fill while one is decoded and one waits.
    private static let wantedBuffers = 4
    /// Auto exposure needs a few pictures; more would delay slow cameras.
    private static let warmUpPictures = 2
    /// EIO may be one lost buffer (V4L2: VIDIOC_DQBUF); this many without a picture between them are a dead queue.
    private static let toleratedIOErrors = 3

    /// - Parameter now: the clock, so that tests can turn it.
    package init(
        settings: CameraSettings, device: any VideoDevice, now: @escaping () -> MonotonicTime = { .now() }
    ) {
        self.settings = settings
        self.device = device
        self.now = now
    }

    deinit { close() }

    /// Opens the device, finds the best format it offers, believes what the driver answers and starts streaming.
    package func open() throws(CaptureError) -> CaptureFormat {
        close()
        do throws(CaptureError) {
            try ask { () throws(SystemError) in try device.open() }
            let running = try Negotiation(device: device, settings: settings).start(buffers: Self.wantedBuffers)
            begin(running)
            return running.format
        } catch {
            close()
            throw error
        }
    }

    private func begin(_ running: Negotiation.Running) {
        ring = running.ring
        row = running.row
        format = running.format
        leastBytes =
            running.row.byteCount(at: running.format.size, stride: running.format.stride) ?? JPEGScan.leastBytes
        health = Health(lastValid: now())
        healthBeforeLent = nil
        stamps.restart()
        ioErrors = 0
        keyFrames = KeyFrameWait()
        tolerance.patience = isVideo ? .max : DamageTolerance.usual
        lent = nil
        rhythm.opened(at: health.lastValid)
        // Below 5 pictures per second even two would cost half a second of porch. Video begins with its key frame.
        warmUpLeft = (running.format.fps ?? 30) >= 5 && !isSlow && !isVideo ? Self.warmUpPictures : 0
    }

    /// Stops, unmaps and closes. The camera can be opened again.
    package func close() {
        ring?.release()
        ring = nil
        format = nil
        pendingFailure = nil
        device.close()
    }

    private var isVideo: Bool { row?.route == .video }

    /// Lends the newest valid picture to `use`; nil when none came within `timeout`. Older ones that waited are skipped,
    /// damaged ones dropped; both are counted. Of video each picture is lent, the oldest first.
    /// A picture that turns out to be undecodable is to be told by `reject`, one that shows nothing by itself by
    /// `noteUnfinished`.
    /// - Throws: when the device is gone, its queue is dead, or no valid picture came for `stallTimeout`.
    package func next<R>(within timeout: Duration, _ use: (borrowing CapturedPicture) -> R) throws(CaptureError) -> R? {
        guard let ring, let row, let format else { throw .unplugged(path: device.path) }
        settleLent()
        if let failure = pendingFailure { throw failure }
        if health.corruptSince > 0 { try checkStall(at: now()) }
        let deadline = now() + timeout
        while true {
            if let (filled, usable) = try newest(in: ring, row) {
                healthBeforeLent = health
                health = Health(lastValid: now())
                lent = usable.condition
                let result = use(picture(filled, usable, format))
                counts.captured += 1
                // The result is good whatever happens now; the failure is told by the next call.
                do throws(CaptureError) { try ring.giveBack(filled) } catch { pendingFailure = error }
                return result
            }
            let instant = now()
            try checkStall(at: instant)
            guard instant < deadline else { return nil }
            try waitForBuffer(atMost: min(deadline, health.lastValid + stallTimeout) - instant)
        }
    }

    private func checkStall(at instant: MonotonicTime) throws(CaptureError) {
        let silence = instant - health.lastValid
        guard silence < (keyFrames.isAwaited ? max(stallTimeout, KeyFrameWait.patience) : stallTimeout) else {
            if keyFrames.isAwaited { throw .noKeyFrame(path: device.path, after: silence) }
            rhythm.stalled(after: silence)
            throw .stalled(path: device.path, after: silence, corrupt: health.corruptSince)
        }
    }

    /// The picture that was lent last could not be decoded: it counts as damaged, and a camera that sends nothing else
    /// is stalled.
    package func reject() {
        guard let before = healthBeforeLent else { return }
        healthBeforeLent = nil
        lent = nil
        health = before
        tolerance.sawDamaged()
        noteCorrupt()
        counts.captured -= min(1, counts.captured)
        if isVideo, now() - health.lastValid > KeyFrameWait.untilDamagedIsUsed { tolerance.giveIn() }
        askForKeyFrame()
    }

    /// What was lent last is a part of the video that shows nothing by itself: it came before the first key frame, or has
    /// no picture in it.
    package func noteUnfinished() {
        guard let before = healthBeforeLent else { return }
        healthBeforeLent = nil
        lent = nil
        health = before
        counts.captured -= min(1, counts.captured)
        keyFrames.isAwaited = true
        askForKeyFrame()
    }

    private func askForKeyFrame() {
        // Most drivers cannot; then the camera sends one in its own time.
        if isVideo, keyFrames.isTimeToAsk(at: now()) { try? device.requestKeyFrame() }
    }

    /// The picture that was lent last was damaged, and shows enough all the same.
    package func notePartial() {
        if lent != nil { lent = .partial }
    }

    /// Nobody has rejected the picture that was lent last.
    private func settleLent() {
        guard let condition = lent else { return }
        lent = nil
        keyFrames.isAwaited = false
        if condition == .whole { tolerance.sawWhole() } else { tolerance.sawDamaged() }
        let isPartial = condition == .partial
        counts.partial += isPartial ? 1 : 0
        partialShare += ((isPartial ? 1 : 0) - partialShare) / 10
        sendsPartial = partialShare > (sendsPartial ? 0.1 : 0.3)
    }

    /// Without a valid picture for so long the camera is taken for dead: 3 s, 5 pictures of a slow one, or three of the
    /// longest pauses that it made of late.
    package var stallTimeout: Duration { rhythm.patience(agreed: agreedTimeout) }

    private var agreedTimeout: Duration { max(.seconds(3), .seconds(5 / max(agreedRate, 0.05))) }

    private var agreedRate: Double { format?.fps ?? Double(settings.fps) }

    /// What is unusual about a camera that sends pictures, in words with a remedy.
    package var troubles: [CameraTrouble] {
        var found: [CameraTrouble] = []
        if sendsPartial {
            found.append(
                CameraTrouble(
                    .damaged, "most pictures are damaged and are used as far as they decode: check cable, hub and power"
                ))
        }
        if isSlow {
            found.append(
                CameraTrouble(
                    .slow,
                    "slow: pictures come much less often than the \(CaptureFormat.rounded(agreedRate)) a second that were "
                        + "agreed: more light, a smaller size or another USB port may help"))
        }
        if let words = format?.wrongSize(isSizeSet: settings.isSizeSet) {
            found.append(CameraTrouble(.wrongSize, words))
        }
        return found
    }

    private func noteRhythm() {
        guard let interval = rhythm.interval else { return }
        isSlow = interval > .milliseconds(500) && interval.inSeconds * agreedRate > (isSlow ? 2 : 3)
    }

    private func waitForBuffer(atMost timeout: Duration) throws(CaptureError) {
        // Rounded up, so that the loop does not spin through the last millisecond.
        let readiness = try ask { () throws(SystemError) in try device.wait(atMost: timeout + .milliseconds(1)) }
        switch readiness {
        case .ready, .timedOut: return
        case .gone: throw .unplugged(path: device.path)
        case .failed:
            // DQBUF knows the reason; if it does not, the queue is dead all the same.
            if let ring, let filled = try ring.take() { return try ring.giveBack(filled) }
            throw .driverBroken(path: device.path, what: "reports a failed queue without a reason")
        }
    }

    private func ask<R>(_ question: () throws(SystemError) -> R) throws(CaptureError) -> R {
        do throws(SystemError) {
            return try question()
        } catch {
            throw CaptureError(error, path: device.path)
        }
    }
}

// MARK: - The newest valid picture

extension Camera {
    /// Dequeues until nothing is left, keeps the newest valid buffer and gives every other back at once.
    private func newest(
        in ring: BufferRing, _ row: PixelFormatRow
    ) throws(CaptureError) -> (FilledBuffer, Usable)? {
        var kept: (FilledBuffer, Usable)?
        // A driver that is never empty must not hold us here.
        for _ in 0..<(ring.count * 2) {
            guard let filled = try take(from: ring) else { break }
            rhythm.arrived(at: now())
            noteRhythm()
            guard let usable = usable(filled, ring, row) else {
                noteCorrupt()
                try ring.giveBack(filled)
                continue
            }
            ioErrors = 0
            if warmUpLeft > 0 {
                warmUpLeft -= 1
                counts.warmUp += 1
                health.lastValid = now()
                try ring.giveBack(filled)
                continue
            }
            if let (older, _) = kept {
                counts.skipped += 1
                try ring.giveBack(older)
            }
            kept = (filled, usable)
            if row.route == .video { break }
        }
        return kept
    }

    private func take(from ring: BufferRing) throws(CaptureError) -> FilledBuffer? {
        do throws(CaptureError) {
            let filled = try ring.take()
            if let filled { note(filled) }
            return filled
        } catch {
            guard case .system(_, let system) = error, system.errno == EIO, ioErrors < Self.toleratedIOErrors else {
                throw error
            }
            ioErrors += 1
            noteCorrupt()
            return nil
        }
    }

    private func note(_ filled: FilledBuffer) {
        counts.lost += stamps.lostBefore(filled.sequence)
    }

    /// - Returns: nil for what is no picture, or a damaged one of a camera that sends better ones.
    private func usable(_ filled: FilledBuffer, _ ring: BufferRing, _ row: PixelFormatRow) -> Usable? {
        let found: Usable?
        switch row.route {
        case .jpeg: found = jpeg(filled, ring)
        case .raw: found = raw(filled, ring)
        // Only the decoder can tell, and it needs all that there is.
        case .video: return unsafe filled.bytesUsed > 0 ? Usable(bytes: ring.bytes(of: filled), condition: .whole) : nil
        }
        guard let found else { return nil }
        // Whole pictures are settled when nobody has rejected them.
        guard found.condition != .whole, !tolerance.isTolerant else { return found }
        tolerance.sawDamaged()
        return nil
    }

    private func jpeg(_ filled: FilledBuffer, _ ring: BufferRing) -> Usable? {
        let bytes = unsafe ring.bytes(of: filled)
        switch unsafe JPEGScan.look(bytes) {
        case .whole(let range):
            return unsafe Usable(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), condition: filled.isDamaged ? .doubtful : .whole)
        case .endMissing(let start):
            return unsafe Usable(bytes: UnsafeRawBufferPointer(rebasing: bytes[start...]), condition: .doubtful)
        case .damaged: return nil
        }
    }

    /// Three quarters of a raw picture are a picture; below them is what the buffer held before.
    private func raw(_ filled: FilledBuffer, _ ring: BufferRing) -> Usable? {
        let bytes = unsafe ring.bytes(of: filled)
        if bytes.count >= leastBytes {
            return unsafe Usable(bytes: bytes, condition: filled.isDamaged ? .doubtful : .whole)
        }
        let memory = unsafe ring.memory(of: filled)
        guard unsafe !bytes.isEmpty, bytes.count >= leastBytes / 4 * 3, memory.count >= leastBytes else {
            return nil
        }
        return unsafe Usable(bytes: UnsafeRawBufferPointer(rebasing: memory.prefix(leastBytes)), condition: .partial)
    }

    private func noteCorrupt() {
        counts.corrupt += 1
        health.corruptSince += 1
    }

    private func picture(_ filled: FilledBuffer, _ usable: Usable, _ format: CaptureFormat) -> CapturedPicture {
        unsafe CapturedPicture(
            bytes: usable.bytes, format: format.fourCC, size: format.size, stride: format.stride,
            isFullRange: format.isFullRange, capturedAt: stamps.instant(of: filled.stamp, arrival: now()),
            sequence: stamps.sequence, mayBePartial: tolerance.isTolerant)
    }
}
