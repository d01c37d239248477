import Base
import Capture
import Decode
import Logging

/// One camera's thread `cam-<name>`: opens its source, puts the newest frame into the mailbox, and after a loss tries
/// again every 1–10 s for ever. What it does is on the `CameraStatusStore` at all times.
struct CameraThread: Sendable {
    let settings: CameraSettings
    let frames: LatestMailbox<CameraName, CameraPicture>
    let statuses: CameraStatusStore
    let latest: LatestPictures
    let forecasts: InferenceForecasts
    let beats: Heartbeats
    let timings: Timings
    let stop: StopSignal
    let logger: Logger

    /// Pictures of one camera alive at a time: one being filled, one waiting, one analysed, one shown, and one spare.
    static let poolSize = 5

    func run() {
        defer { beats.rest(part) }
        // Jitter takes up to a quarter away: 1 to 10 s.
        var backoff = Backoff(first: .milliseconds(1340), most: .seconds(10))
        var clock = ReplayClock(pause: .seconds(1) / settings.fps)
        while !stop.isRequested {
            do {
                try play(&clock) { backoff.reset() }
                if stop.isRequested { return }
                latest.forget(settings.name)
                statuses.update(settings.name) { $0.phase = .ended }
                logger.notice("clip has ended", metadata: ["camera": "\(settings.name)"])
                return
            } catch {
                if stop.isRequested { return }
                guard lose(error) else { return }
                let pause = backoff.next()
                beats.beat(part, .step("waiting for another try"), quietFor: pause)
                stop.wait(atMost: pause)
            }
        }
    }

    private var part: Liveness.Part { .camera(settings.name) }

    private func play(_ clock: inout ReplayClock, _ cameOnline: () -> Void) throws {
        switch settings.source {
        case .v4l2(let path):
            try capture(
                WatchedDevice(V4L2Device(path: path), camera: settings.name, beats: beats), cameOnline)
        case .replay(let path, let loop, let pace): try replay(path, loop, pace, &clock, cameOnline)
        }
    }

    /// Returns false when trying again is of no use.
    private func lose(_ error: any Error) -> Bool {
        let reason = "\(error)"
        let givesUp = Recovery(of: error) == .giveUp
        let wasTold = statuses.phase(of: settings.name) == .offline(reason: reason)
        latest.forget(settings.name)
        statuses.update(settings.name) { $0.phase = givesUp ? .gaveUp(reason: reason) : .offline(reason: reason) }
        if !wasTold {
            logger.warning("camera lost", metadata: ["camera": "\(settings.name)", "reason": "\(reason)"])
        }
        return !givesUp
    }

    private func goOnline(_ running: String) {
        statuses.update(settings.name) { report in
            report.phase = .online
            report.running = running
        }
        logger.notice("camera online", metadata: ["camera": "\(settings.name)", "running": "\(running)"])
    }

    private func count(_ picture: CameraPicture, lost: Bool) {
        statuses.update(settings.name) { report in
            report.framesIn += 1
            if lost { report.framesDropped += 1 }
            report.lastFrameAt = .now()
        }
        latest.show(picture, of: settings.name)
    }
}

// MARK: - V4L2

extension CameraThread {
    private func capture(_ device: any VideoDevice, _ cameOnline: () -> Void) throws {
        let camera = Camera(settings: settings, device: device)
        defer { camera.close() }
        let format = try camera.open()
        for difference in format.differences {
            logger.notice("the camera differs", metadata: ["camera": "\(settings.name)", "how": "\(difference)"])
        }
        let decoder = try PictureDecoder(pool: FramePool(capacity: Self.poolSize), rotation: settings.rotate)
        var tally = CaptureTally()
        while !stop.isRequested {
            let outcome = try camera.next(within: .milliseconds(200)) { picture in
                beats.beat(part, .step("decoding a picture"))
                let isExpected = forecasts.isPassExpected(at: picture.capturedAt, of: settings.name)
                let began = MonotonicTime.now()
                defer { if isExpected { timings.note(.decode, .now() - began) } }
                return decoder.decode(picture, asPreview: !isExpected)
            }
            switch outcome {
            case .frame(let frame): put(.frame(frame), format, cameOnline)
            case .preview(let preview): put(.preview(preview), format, cameOnline)
            // Whole to the eye, damaged to the decoder: the camera counts it, and stalls when nothing else comes.
            case .corrupt: camera.reject()
            case .noBuffer, nil: break
            }
            tally.add(camera.counts, decoder, to: statuses, settings.name)
        }
    }
}

extension CameraThread {
    private func put(_ picture: CameraPicture, _ format: CaptureFormat, _ cameOnline: () -> Void) {
        // Online means that a picture was really there, not that a device could be opened.
        if statuses.phase(of: settings.name) != .online {
            goOnline(format.description)
            cameOnline()
        }
        count(picture, lost: frames.put(picture, for: settings.name))
    }
}

/// Turns growing counters into steps on the board.
private struct CaptureTally {
    private var told = CaptureCounts()
    private var toldNoBuffer: UInt64 = 0

    mutating func add(
        _ counts: CaptureCounts, _ decoder: PictureDecoder, to statuses: CameraStatusStore, _ camera: CameraName
    ) {
        let lost = (counts.lost - told.lost) + (counts.skipped - told.skipped)
        let corrupt = counts.corrupt - told.corrupt
        let dropped = decoder.noBuffer - toldNoBuffer
        (told, toldNoBuffer) = (counts, decoder.noBuffer)
        guard lost + corrupt + dropped > 0 else { return }
        statuses.update(camera) { report in
            report.framesLost += Int(clamping: lost)
            report.framesCorrupt += Int(clamping: corrupt)
            report.framesDropped += Int(clamping: dropped)
        }
    }
}

// MARK: - Replay

extension CameraThread {
    private func replay(
        _ path: String, _ loop: Bool, _ pace: CameraSettings.Pace, _ clock: inout ReplayClock, _ cameOnline: () -> Void
    ) throws {
        let pool = FramePool(capacity: Self.poolSize)
        beats.beat(part, .reading(path: path))
        let reader = try MediaReader.opening(
            path, pool: pool, rotation: settings.rotate, pictureInterval: .seconds(1) / settings.fps)
        var corrupt: UInt64 = 0
        repeat {
            clock.beginPass(notBefore: pace == .realtime ? .now() : nil)
            var isEmpty = true
            while !stop.isRequested, let frame = try nextFrame(of: reader, path) {
                if statuses.phase(of: settings.name) != .online {
                    goOnline("\(path) \(frame.size)")
                    cameOnline()
                }
                isEmpty = false
                deliver(frame.shown(at: clock.time(at: frame.capturedAt - MonotonicTime(nanoseconds: 0))), pace)
                let damaged = Int(clamping: reader.corrupt - corrupt)
                corrupt = reader.corrupt
                if damaged > 0 { statuses.update(settings.name) { $0.framesCorrupt += damaged } }
            }
            if isEmpty, !stop.isRequested {
                throw reader.lastDamage ?? DecodeError.unreadable(path: path, reason: "it holds no picture")
            }
            if loop { try reader.rewind() }
        } while loop && !stop.isRequested
    }

    /// Waits for a buffer when all are in use; nil at the end.
    private func nextFrame(of reader: MediaReader, _ path: String) throws -> Frame? {
        while !stop.isRequested {
            beats.beat(part, .reading(path: path))
            let began = MonotonicTime.now()
            switch try reader.next() {
            case .frame(let frame):
                timings.note(.decode, .now() - began)
                return frame
            case .end: return nil
            case .noBuffer: stop.wait(atMost: .milliseconds(5))
            }
        }
        return nil
    }

    private func deliver(_ frame: Frame, _ pace: CameraSettings.Pace) {
        let picture = CameraPicture.frame(frame)
        switch pace {
        case .realtime:
            let pause = max(.zero, frame.capturedAt - .now())
            beats.beat(part, .step("waiting for the time of a frame"), quietFor: pause)
            stop.wait(atMost: pause)
            count(picture, lost: frames.put(picture, for: settings.name))
        case .full:
            while !stop.isRequested, !frames.hand(picture, for: settings.name, within: .milliseconds(200)) {
                beats.beat(part, .step("waiting for the analysis"))
            }
            count(picture, lost: false)
        }
    }
}
