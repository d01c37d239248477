import Base
import Logging
package import Runtime
import ServiceLifecycle
import Settings
import Synchronization

/// The one judge of what stands still. What it finds goes to the cameras' states, and by them to visits, processors and
/// MQTT; to `/healthz`; and to systemd's watchdog.
final class LivenessWatch: Sendable {
    private struct State {
        var liveness = Liveness()
        var hangs: [Liveness.Hang] = []
    }

    private let beats: Heartbeats
    private let statuses: CameraStatusStore
    private let block: AnalysisBlock
    /// After how long without a picture a camera is not online; clips may have any pace.
    private let pictureLimits: [CameraName: Duration]
    private let state = Mutex(State())
    private let onChange: @Sendable () -> Void
    private let logger: Logger

    /// - Parameter onChange: called when something begins or ceases to stand still.
    init(
        _ beats: Heartbeats, _ statuses: CameraStatusStore, _ block: AnalysisBlock, cameras: [CameraSettings],
        logger: Logger, onChange: @escaping @Sendable () -> Void
    ) {
        self.beats = beats
        self.statuses = statuses
        self.block = block
        self.onChange = onChange
        self.logger = logger
        pictureLimits = Dictionary(
            uniqueKeysWithValues: cameras.compactMap { camera in
                guard camera.source.pace == nil else { return nil }
                return (camera.name, max(.seconds(10), .seconds(10) / camera.fps))
            })
    }

    /// What stands still, as of the last look.
    var hangs: [Liveness.Hang] { state.withLock(\.hangs) }

    /// Pictures are looked at, and what was seen is told, or will be without a new start of the program.
    var isMoving: Bool { !hangs.contains(where: \.needsRestart) }

    /// Looks at everybody now, and lets their states say what is true. Called about once a second.
    func look(at now: MonotonicTime = .now()) {
        let pictures = pictures()
        let (before, after) = state.withLock { state in
            let before = state.hangs
            state.hangs = state.liveness.hangs(
                among: beats.all, pictures: pictures, longestTurn: beats.longestTurn, at: now)
            apply(state.hangs)
            return (before, state.hangs)
        }
        let (known, found) = (Set(before.map(\.part)), Set(after.map(\.part)))
        guard known != found else { return }
        for hang in after where !known.contains(hang.part) {
            logger.error("stands still", metadata: ["what": "\(hang.part)", "reason": "\(hang.words)"])
        }
        for hang in before where !found.contains(hang.part) {
            let seconds = "\(Int((now - hang.since).inSeconds))"
            logger.notice("moves again", metadata: ["what": "\(hang.part)", "after": "\(seconds) s"])
        }
        onChange()
    }

    private func pictures() -> [Liveness.Picture] {
        pictureLimits.compactMap { camera, limit in
            guard statuses.phase(of: camera) == .online, let at = statuses.report(of: camera)?.lastFrameAt else {
                return nil
            }
            return Liveness.Picture(camera: camera, at: at, within: limit)
        }
    }

    /// A camera's thread that comes back says itself how its camera is.
    private func apply(_ hangs: [Liveness.Hang]) {
        block.set(hangs.first(where: \.stopsAll)?.words)
        for hang in hangs {
            guard case .camera(let camera) = hang.part else { continue }
            statuses.update(camera) { report in
                if !report.phase.isFinal { report.phase = .offline(reason: hang.words) }
            }
        }
    }
}

/// Asks the judge again and again. Where no watchdog would end a program that stands still, it ends itself.
struct LivenessService: Service {
    let watch: LivenessWatch

    private static let interval = Duration.milliseconds(500)
    /// Longer than systemd's watchdog, which comes first where there is one.
    private static let patience = Duration.seconds(120)

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                watch.look()
                let lost = watch.hangs.first { $0.needsRestart && MonotonicTime.now() - $0.since > Self.patience }
                if let lost { throw StandsStill(hang: lost) }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}

/// Only a new start can help.
package struct StandsStill: Recoverable, CustomStringConvertible {
    private let hang: Liveness.Hang
    package var recovery: Recovery { .fatal }

    package init(hang: Liveness.Hang) { self.hang = hang }

    package var description: String { "\(hang.part) stands still: \(hang.words)" }
}
