package import Base
import Glibc
import Runtime
package import Settings

/// One V4L2 camera: open, negotiate, then the newest valid picture again and again. It never retries an open by itself:
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
    private var endMarks = EndMarkHabit()
    private var ioErrors = 0
    private var pendingFailure: CaptureError?

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
        endMarks = EndMarkHabit()
        // Below 5 pictures per second even two would cost half a second of porch.
        warmUpLeft = (running.format.fps ?? 30) >= 5 ? Self.warmUpPictures : 0
    }

    /// Stops, unmaps and closes. The camera can be opened again.
    package func close() {
        ring?.release()
        ring = nil
        format = nil
        pendingFailure = nil
        device.close()
    }

    /// Lends the newest valid picture to `use`; nil when none came within `timeout`. Older ones that waited are skipped,
    /// damaged ones dropped; both are counted.
    /// A picture that turns out to be undecodable is to be told by `reject`.
    /// - Throws: when the device is gone, its queue is dead, or no valid picture came for `stallTimeout`.
    package func next<R>(within timeout: Duration, _ use: (borrowing CapturedPicture) -> R) throws(CaptureError) -> R? {
        guard let ring, let row, let format else { throw .unplugged(path: device.path) }
        if let failure = pendingFailure { throw failure }
        if health.corruptSince > 0 { try checkStall(at: now()) }
        let deadline = now() + timeout
        while true {
            if let filled = try newest(in: ring, row) {
                healthBeforeLent = health
                health = Health(lastValid: now())
                let result = use(picture(filled, ring, format))
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
        guard silence < stallTimeout else {
            throw .stalled(path: device.path, after: silence, corrupt: health.corruptSince)
        }
    }

    /// The picture that was lent last could not be decoded: it counts as damaged, and a camera that sends nothing else
    /// is stalled.
    package func reject() {
        guard let before = healthBeforeLent else { return }
        healthBeforeLent = nil
        health = before
        noteCorrupt()
        counts.captured -= min(1, counts.captured)
    }

    /// Without a valid picture for so long the camera is taken for dead: 3 s, or 5 pictures of a slow one.
    package var stallTimeout: Duration {
        let fps = format?.fps ?? Double(settings.fps)
        return max(.seconds(3), .seconds(5 / max(fps, 0.05)))
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
    private func newest(in ring: BufferRing, _ row: PixelFormatRow) throws(CaptureError) -> FilledBuffer? {
        var kept: FilledBuffer?
        // A driver that is never empty must not hold us here.
        for _ in 0..<(ring.count * 2) {
            guard let filled = try take(from: ring) else { break }
            guard isValid(filled, ring, row) else {
                try ring.giveBack(filled)
                continue
            }
            if warmUpLeft > 0 {
                warmUpLeft -= 1
                counts.warmUp += 1
                try ring.giveBack(filled)
                continue
            }
            if let older = kept {
                counts.skipped += 1
                try ring.giveBack(older)
            }
            kept = filled
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

    private func isValid(_ filled: FilledBuffer, _ ring: BufferRing, _ row: PixelFormatRow) -> Bool {
        guard !filled.isDamaged, filled.bytesUsed >= leastBytes, unsafe isWhole(ring.bytes(of: filled), row) else {
            noteCorrupt()
            return false
        }
        ioErrors = 0
        return true
    }

    private func noteCorrupt() {
        counts.corrupt += 1
        health.corruptSince += 1
    }

    private func isWhole(_ bytes: UnsafeRawBufferPointer, _ row: PixelFormatRow) -> Bool {
        guard row.route == .jpeg else { return bytes.count >= leastBytes }
        return unsafe endMarks.admits(JPEGScan.look(bytes))
    }

    private func picture(_ filled: FilledBuffer, _ ring: BufferRing, _ format: CaptureFormat) -> CapturedPicture {
        unsafe CapturedPicture(
            bytes: ring.bytes(of: filled), format: format.fourCC, size: format.size, stride: format.stride,
            isFullRange: format.isFullRange, capturedAt: stamps.instant(of: filled.stamp, arrival: now()),
            sequence: stamps.sequence)
    }
}

/// Most cameras end every JPEG with EOI, so one without is cut off. A few never do: after `patience` pictures in a row
/// without a single one that has it, they are believed.
struct EndMarkHabit {
    private var missing = 0
    private var hasSeenEnd = false
    static let patience = 15

    mutating func admits(_ verdict: JPEGScan.Verdict) -> Bool {
        switch verdict {
        case .damaged: return false
        case .whole:
            hasSeenEnd = true
            return true
        case .endMissing:
            missing += 1
            return !hasSeenEnd && missing > Self.patience
        }
    }
}
