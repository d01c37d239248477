package import Base
import Synchronization

/// What each camera does right now: its phase and its counters. The cameras' threads, the analysis and `LivenessWatch`
/// write; everybody who tells of cameras reads.
package final class CameraStatusStore: Sendable {
    package enum Phase: Sendable, Equatable {
        /// Not opened yet, or lost; the reason in words. It is retried.
        case offline(reason: String)
        /// Frames come.
        case online
        /// It will not come again without a change of the config.
        case gaveUp(reason: String)
        /// A clip that has been played to its end.
        case ended
    }

    package struct Report: Sendable, Equatable {
        package var phase = Phase.offline(reason: "starting")
        /// What runs, for example `MJPG 1280x720 at 10 fps`.
        package var running = ""
        package var framesIn = 0
        /// Newer frames replaced these before they were looked at, or no buffer was free.
        package var framesDropped = 0
        /// Lost by the driver: gaps in its sequence numbers and older buffers skipped for newer ones.
        package var framesLost = 0
        package var framesCorrupt = 0
        /// Damaged, and used as far as they decode: among `framesIn`.
        package var framesPartial = 0
        /// What is unusual while it is online, in words with a remedy; mostly empty.
        package var troubles: [String] = []
        /// A processor, running or not, is made for it.
        package var hasProcessor = true
        /// Frames that the gate let through to the network.
        package var framesAnalysed = 0
        /// Of those, frames of which a crop was looked at as well, and frames for whose crop there was no time.
        package var secondLooks = 0
        package var secondLooksSkipped = 0
        package var lastFrameAt: MonotonicTime?
        package var inferenceMilliseconds = 0.0
    }

    private let all: Mutex<[CameraName: Report]>
    private let block: AnalysisBlock
    /// Called after each change of phase or troubles, outside the lock.
    private let onPhase: @Sendable () -> Void

    /// - Parameter block: while it lasts, every camera that is online is told as offline for its reason: frames come, but
    ///   nothing follows from them.
    package init(_ cameras: [CameraName], block: AnalysisBlock, onPhase: @escaping @Sendable () -> Void) {
        all = Mutex(Dictionary(uniqueKeysWithValues: cameras.map { ($0, Report()) }))
        self.block = block
        self.onPhase = onPhase
    }

    package func update(_ camera: CameraName, _ change: (inout Report) -> Void) {
        let hasChanged = all.withLock { all -> Bool in
            guard var report = all[camera] else { return false }
            let before = report
            change(&report)
            if report.phase != .online { report.troubles = [] }
            all[camera] = report
            return report.phase != before.phase || report.troubles != before.troubles
                || report.hasProcessor != before.hasProcessor
        }
        if hasChanged { onPhase() }
    }

    /// What the camera's own thread has said, whatever becomes of its frames.
    package func phase(of camera: CameraName) -> Phase? { all.withLock { $0[camera]?.phase } }

    /// What its own thread has said.
    package func troubles(of camera: CameraName) -> [String] { all.withLock { $0[camera]?.troubles ?? [] } }

    package func report(of camera: CameraName) -> Report? {
        let reason = block.reason
        return all.withLock { $0[camera] }?.told(during: reason)
    }

    /// By name.
    package var reports: [(camera: CameraName, report: Report)] {
        let reason = block.reason
        return all.withLock { $0 }.map { ($0.key, $0.value.told(during: reason)) }.sorted { $0.camera < $1.camera }
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
