import Base
import Control
import Logging
import ServiceLifecycle

/// The pixels' side of the program: one thread per camera and the analysis thread, started and joined together.
struct AnalysisThreads: Service {
    let settings: [CameraSettings]
    let network: Handover<Network>
    let board: CameraBoard
    let processors: ActiveProcessors
    let queue: EventQueue
    /// End when every camera is a clip that has been played.
    let endsWithClips: Bool
    let logger: Logger

    func run() async throws {
        let frames = LatestMailbox<CameraName, Frame>()
        let (camerasStop, analysisStop) = (StopSignal(), StopSignal())
        let analysis = try analysisThread(frames, analysisStop)
        let cameras = try settings.map { camera in
            let thread = CameraThread(
                settings: camera, frames: frames, board: board, stop: camerasStop, logger: logger)
            return try NamedThread("cam-\(camera.name)") { thread.run() }
        }
        try? await waitForEnd()
        camerasStop.request()
        await Self.join(cameras)
        analysisStop.request()
        frames.close()
        await Self.join([analysis])
        for camera in settings {
            board.update(camera.name) { $0.phase = .offline(reason: "Porchlight was stopped") }
        }
    }

    private func analysisThread(
        _ frames: LatestMailbox<CameraName, Frame>, _ stop: StopSignal
    ) throws -> NamedThread {
        let (network, board, processors, queue) = (network, board, processors, queue)
        let painter = Handover(try EventPainter())
        return try NamedThread("analysis", stackBytes: 4 << 20) {
            guard let network = network.take(), let painter = painter.take() else { return queue.finish() }
            AnalysisLoop(
                network: network, painter: painter, frames: frames, cameras: board, processors: processors,
                events: queue, stop: stop
            ).run()
        }
    }

    /// Returns on a graceful shutdown, or when the clips are over and that was asked for.
    private func waitForEnd() async throws {
        guard endsWithClips else { return try await gracefulShutdown() }
        try await cancelWhenGracefulShutdown {
            while !board.reports.allSatisfy({ $0.report.phase.isFinal }) {
                try await Task.sleep(for: .milliseconds(100))
            }
            // The last frame may still be under analysis, its visits not ended yet.
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Joining blocks; it happens on a thread of its own, not on the cooperative pool.
    private static func join(_ threads: [NamedThread]) async {
        await withCheckedContinuation { done in
            let joiner = try? NamedThread("join") {
                for thread in threads { thread.join() }
                done.resume()
            }
            if joiner == nil { done.resume() }
        }
    }
}

extension CameraBoard.Phase {
    /// Nothing will come any more.
    var isFinal: Bool {
        switch self {
        case .ended, .gaveUp: true
        case .online, .offline: false
        }
    }
}
