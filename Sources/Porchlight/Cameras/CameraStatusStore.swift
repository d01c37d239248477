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

    private let slots: Mutex<[CameraName: Slot]>
    /// Called after each change of phase, outside the lock.
    private let onPhase: @Sendable () -> Void

    init(_ cameras: [CameraName], onPhase: @escaping @Sendable () -> Void) {
        slots = Mutex(Dictionary(uniqueKeysWithValues: cameras.map { ($0, Slot()) }))
        self.onPhase = onPhase
    }

    func update(_ camera: CameraName, _ change: (inout Report) -> Void) {
        let hasChanged = slots.withLock { slots -> Bool in
            guard var slot = slots[camera] else { return false }
            let before = slot.report.phase
            change(&slot.report)
            if slot.report.phase != .online { slot.latest = nil }
            slots[camera] = slot
            return slot.report.phase != before
        }
        if hasChanged { onPhase() }
    }

    /// Keeps the newest picture for snapshots.
    func show(_ picture: CameraPicture, of camera: CameraName) {
        slots.withLock { $0[camera]?.latest = picture }
    }

    func latestPicture(of camera: CameraName) -> CameraPicture? { slots.withLock { $0[camera]?.latest } }

    /// The analysis tells when it is going to look, so that the camera's thread decodes no more than will be seen.
    func expect(_ forecast: InferenceForecast, of camera: CameraName) {
        slots.withLock { $0[camera]?.forecast = forecast }
    }

    func isPassExpected(at time: MonotonicTime, of camera: CameraName) -> Bool {
        slots.withLock { $0[camera]?.forecast.isDue(at: time) ?? true }
    }

    func report(of camera: CameraName) -> Report? { slots.withLock { $0[camera]?.report } }

    var reports: [(camera: CameraName, report: Report)] {
        slots.withLock { slots in slots.map { ($0.key, $0.value.report) } }.sorted { $0.camera < $1.camera }
    }
}
