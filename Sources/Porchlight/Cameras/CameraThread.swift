package import Base
package import Decode
package import Logging
package import Runtime
package import Settings

/// One camera's thread `cam-<name>`: opens its source, hands its pictures to the analysis at the source's pace, and after a
/// loss tries again every 1–10 s for ever. What it does is in the `CameraStatusStore` at all times.
package struct CameraThread: Sendable {
    private let settings: CameraSettings
    private let frames: LatestMailbox<CameraName, CameraPicture>
    private let statuses: CameraStatusStore
    private let latest: LatestPictures
    private let forecasts: InferenceForecasts
    private let beats: Heartbeats
    private let stop: StopSignal
    private let logger: Logger

    package init(
        settings: CameraSettings, frames: LatestMailbox<CameraName, CameraPicture>, statuses: CameraStatusStore,
        latest: LatestPictures, forecasts: InferenceForecasts, beats: Heartbeats, stop: StopSignal, logger: Logger
    ) {
        self.settings = settings
        self.frames = frames
        self.statuses = statuses
        self.latest = latest
        self.forecasts = forecasts
        self.beats = beats
        self.stop = stop
        self.logger = logger
    }

    /// Runs until the stop is requested, the source has ended, or trying again is of no use.
    /// - Parameter source: of this thread alone from now on.
    package func run(_ source: any FrameSource) {
        defer { beats.rest(part) }
        // Jitter takes up to a quarter away: 1 to 10 s.
        var backoff = Backoff(first: .milliseconds(1340), most: .seconds(10))
        var tally = SourceCounts()
        while !stop.isRequested {
            do {
                try play(source, &tally) { backoff.reset() }
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

    /// Opens the source and plays it until it ends or the stop is requested.
    private func play(_ source: any FrameSource, _ tally: inout SourceCounts, _ cameOnline: () -> Void) throws {
        defer { source.close() }
        for difference in try source.open() {
            logger.notice("the camera differs", metadata: ["camera": "\(settings.name)", "how": "\(difference)"])
        }
        while !stop.isRequested {
            defer {
                note(source.counts, &tally)
                note(source.troubles)
            }
            switch try source.next(within: .milliseconds(200), as: form) {
            case .picture(let picture):
                // Online means that a picture was really there, not that a device could be opened.
                if statuses.phase(of: settings.name) != .online {
                    goOnline(source.running)
                    cameOnline()
                }
                deliver(picture)
            case .nothing: break
            case .noRoom: stop.wait(atMost: .milliseconds(5))
            case .end: return
            }
        }
    }

    /// While a picture waits that nobody has taken, the analysis is behind: the next one may be replaced unseen, and whoever
    /// takes it decodes it. All others are decoded here, and so looked at for damage.
    private func form(at time: MonotonicTime) -> PictureForm {
        if statuses.phase(of: settings.name) == .online, frames.holds(settings.name) { return .asSent }
        return forecasts.isPassExpected(at: time, of: settings.name) ? .whole : .preview
    }

    private func deliver(_ picture: CameraPicture) {
        switch settings.source.pace {
        case nil: put(picture)
        case .realtime:
            let pause = max(.zero, picture.capturedAt - .now())
            beats.beat(part, .step("waiting for the time of a frame"), quietFor: pause)
            stop.wait(atMost: pause)
            put(picture)
        case .full:
            while !stop.isRequested, !frames.hand(picture, for: settings.name, within: .milliseconds(200)) {
                beats.beat(part, .step("waiting for the analysis"))
            }
            count(picture, lost: false)
        }
    }

    private func put(_ picture: CameraPicture) { count(picture, lost: frames.put(picture, for: settings.name)) }
}

// MARK: - What is told of the camera

extension CameraThread {
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
        // When the driver hung, the picture from before is still there.
        latest.forget(settings.name)
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

    private func note(_ troubles: [CameraTrouble]) {
        guard statuses.phase(of: settings.name) == .online, statuses.sourceTroubles(of: settings.name) != troubles
        else { return }
        statuses.update(settings.name) { $0.sourceTroubles = troubles }
        for trouble in troubles {
            logger.warning("camera in trouble", metadata: ["camera": "\(settings.name)", "what": "\(trouble.words)"])
        }
    }

    /// Growing counters become steps of the camera's own ones.
    private func note(_ counts: SourceCounts, _ tally: inout SourceCounts) {
        guard counts != tally else { return }
        let more = counts.since(tally)
        tally = counts
        statuses.update(settings.name) { report in
            report.framesLost += Int(clamping: more.lost)
            report.framesCorrupt += Int(clamping: more.corrupt)
            report.framesPartial += Int(clamping: more.partial)
            report.framesDropped += Int(clamping: more.dropped)
        }
    }
}
