import Base
import Decode
import Gate
import Synchronization

/// What each camera does right now: written by the camera threads and the analysis, read by everybody.
final class CameraStatusStore: Sendable {
    enum Phase: Sendable, Equatable {
        /// Not opened yet, or lost; the reason in words. It is retried.
        case offline(reason: String)
        /// Frames come.
        case online
        /// It will not come again without a change of the config.
        case gaveUp(reason: String)
        /// A clip that has been played to its end.
        case ended
    }

    struct Report: Sendable, Equatable {
        var phase = Phase.offline(reason: "starting")
        /// What runs, for example `MJPG 1280x720 at 10 fps`.
        var running = ""
        var framesIn = 0
        /// Newer frames replaced these before they were looked at, or no buffer was free.
        var framesDropped = 0
        /// Lost by the driver: gaps in its sequence numbers and older buffers skipped for newer ones.
        var framesLost = 0
        var framesCorrupt = 0
        /// Frames that the gate let through to the network.
        var framesAnalysed = 0
        /// Of those, frames of which a crop was looked at as well, and frames for whose crop there was no time.
        var secondLooks = 0
        var secondLooksSkipped = 0
        var lastFrameAt: MonotonicTime?
        var inferenceMilliseconds = 0.0
    }

    private struct Slot {
        var report = Report()
        var latest: CameraPicture?
        var forecast = InferenceForecast.always
    }

    private struct State {
        var slots: [CameraName: Slot]
        /// Nobody looks at what the cameras see, or can tell of it; why, in words.
        var block: String?
        var blocks = 0
    }

    private let state: Mutex<State>
    /// Called after each change of phase, outside the lock.
    private let onPhase: @Sendable () -> Void

    init(_ cameras: [CameraName], onPhase: @escaping @Sendable () -> Void) {
        state = Mutex(State(slots: Dictionary(uniqueKeysWithValues: cameras.map { ($0, Slot()) })))
        self.onPhase = onPhase
    }

    func update(_ camera: CameraName, _ change: (inout Report) -> Void) {
        let hasChanged = state.withLock { state -> Bool in
            guard var slot = state.slots[camera] else { return false }
            let before = slot.report.phase
            change(&slot.report)
            if slot.report.phase != .online { slot.latest = nil }
            state.slots[camera] = slot
            return slot.report.phase != before
        }
        if hasChanged { onPhase() }
    }

    /// While it is blocked, every camera that is online is told as offline for this reason: frames come, but nothing
    /// follows from them. Nil lets go.
    func block(_ reason: String?) {
        let hasChanged = state.withLock { state -> Bool in
            guard state.block != reason else { return false }
            if state.block == nil { state.blocks += 1 }
            state.block = reason
            return true
        }
        if hasChanged { onPhase() }
    }

    var isBlocked: Bool { state.withLock { $0.block != nil } }

    /// How often it was blocked since the start.
    var blocks: Int { state.withLock(\.blocks) }

    /// Keeps the newest picture for snapshots.
    func show(_ picture: CameraPicture, of camera: CameraName) {
        state.withLock { $0.slots[camera]?.latest = picture }
    }

    func latestPicture(of camera: CameraName) -> CameraPicture? { state.withLock { $0.slots[camera]?.latest } }

    /// The analysis tells when it is going to look, so that the camera's thread decodes no more than will be seen.
    func expect(_ forecast: InferenceForecast, of camera: CameraName) {
        state.withLock { $0.slots[camera]?.forecast = forecast }
    }

    func isPassExpected(at time: MonotonicTime, of camera: CameraName) -> Bool {
        state.withLock { $0.slots[camera]?.forecast.isDue(at: time) ?? true }
    }

    /// What the camera's own thread has said, whatever becomes of its frames.
    func phase(of camera: CameraName) -> Phase? { state.withLock { $0.slots[camera]?.report.phase } }

    func report(of camera: CameraName) -> Report? {
        state.withLock { state in state.slots[camera].map { $0.report.told(during: state.block) } }
    }

    var reports: [(camera: CameraName, report: Report)] {
        state.withLock { state in
            state.slots.map { ($0.key, $0.value.report.told(during: state.block)) }
        }.sorted { $0.camera < $1.camera }
    }
}

extension CameraStatusStore.Report {
    fileprivate func told(during block: String?) -> Self {
        guard let block, phase == .online else { return self }
        var told = self
        told.phase = .offline(reason: block)
        return told
    }
}
