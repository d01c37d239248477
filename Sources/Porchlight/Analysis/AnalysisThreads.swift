import Base
import Control
import Decode
import Interpret
import Logging
import Runtime
import ServiceLifecycle
import Settings

/// The pixels' side of the program: one thread per camera and the analysis thread, started and joined together.
struct AnalysisThreads: Service {
    let settings: [CameraSettings]
    let models: OneShotTransfer<ModelSet>
    let statuses: CameraStatusStore
    let block: AnalysisBlock
    let latest: LatestPictures
    let beats: Heartbeats
    let timings: Timings
    let processors: ActiveProcessors
    let background: StationaryObjectStore
    let samples: SampleFolder
    let watched: LookBoard
    let queue: EventQueue
    let records: FaceRecordQueue
    let tools: AnalyzerTools
    let work: WorkCounters
    let stillImages: StillImageQueue
    let pictures: PictureSettings
    /// End when every camera is a clip that has been played.
    let endsWithClips: Bool
    let logger: Logger

    /// What a driver, and then a look at a picture, may take to end.
    private static let (camerasLimit, analysisLimit) = (Duration.milliseconds(700), Duration.milliseconds(1500))

    func run() async throws {
        let frames = CameraLooks.mailbox(work)
        let forecasts = InferenceForecasts()
        let (camerasStop, analysisStop) = (StopSignal(), StopSignal())
        let analysis = try analysisThread(frames, forecasts, analysisStop)
        let running = Monitor(Set(settings.map(\.name)))
        for camera in settings {
            let thread = CameraThread(
                settings: camera, frames: frames, statuses: statuses, latest: latest, forecasts: forecasts,
                beats: beats, stop: camerasStop, logger: logger)
            let context = SourceContext(cameras: settings, beats: beats, timings: timings)
            do throws(SystemError) {
                _ = try NamedThread("cam-\(camera.name)") {
                    thread.run(FrameSourceTable.source(of: camera, context))
                    running.change { _ = $0.remove(camera.name) }
                }
            } catch {
                // The analysis runs and cannot begin once more: the others go on without this camera.
                statuses.update(camera.name) { $0.phase = .gaveUp(reason: "there is no thread for it: \(error)") }
                running.change { _ = $0.remove(camera.name) }
            }
        }
        try? await waitForEnd()
        camerasStop.request()
        await endOfCameras(running)
        analysisStop.request()
        frames.close()
        work.wake()
        // What a clip has shown is told to its end, however long that takes.
        let limit = endsWithClips ? .seconds(3600) : Self.analysisLimit
        if await !Deadline.onThread("wait", within: limit, { analysis.join() }) {
            logger.warning("the analysis hangs; left behind")
            // Nothing comes from it any more: whoever keeps its events need not wait.
            queue.finish()
        }
        for camera in settings {
            statuses.update(camera.name) { $0.phase = .stopped }
        }
    }

    /// Nothing of what these clips show may be left out.
    var camerasAtFullPace: Set<CameraName> { Set(settings.filter { $0.source.pace == .full }.map(\.name)) }

    private func analysisThread(
        _ frames: CameraLooks.Mailbox, _ forecasts: InferenceForecasts, _ stop: StopSignal
    ) throws -> NamedThread {
        let painter = OneShotTransfer(try EventPainter(pictures))
        let decoder = OneShotTransfer(try PictureDecoder())
        return try NamedThread("analysis", stackBytes: 4 << 20) {
            guard let models = models.take(), let painter = painter.take(), let decoder = decoder.take()
            else {
                stillImages.close()
                return queue.finish()
            }
            AnalysisLoop(
                models: models, painter: painter, decoder: decoder, frames: frames,
                forecasts: forecasts, stop: stop, of: self
            ).run()
        }
    }

    /// Returns on a graceful shutdown, or when the clips are over and that was asked for.
    private func waitForEnd() async throws {
        guard endsWithClips else { return try await gracefulShutdown() }
        try await cancelWhenGracefulShutdown {
            while !statuses.reports.allSatisfy({ $0.report.phase.isFinal }) {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// A driver may hang in the kernel where no signal reaches it: its thread then ends with the process.
    private func endOfCameras(_ running: Monitor<Set<CameraName>>) async {
        let limit = Self.camerasLimit
        _ = await Deadline.onThread("wait", within: limit) {
            _ = running.wait(atMost: limit) { $0.isEmpty ? true : nil }
        }
        for camera in running.change({ $0 }).sorted() {
            logger.warning("a camera's driver hangs; left behind", metadata: ["camera": "\(camera)"])
        }
    }
}

extension CameraStatusStore.Phase {
    /// Nothing will come any more.
    var isFinal: Bool {
        switch self {
        case .ended, .gaveUp: true
        case .online, .offline: false
        }
    }
}
