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

        /// Before the first try, and after the last: nothing is wrong, there is just nothing to see.
        static let starting = Phase.offline(reason: "starting")
        static let stopped = Phase.offline(reason: "Porchlight was stopped")
    }

    package struct Report: Sendable, Equatable {
        package var phase = Phase.starting
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
        /// What its own thread finds unusual while it is online.
        package var sourceTroubles: [CameraTrouble] = []
        /// What the analysis finds wrong with the pictures, while it is online.
        package var view = CameraView()
        /// All that is wrong with it, with the time since when.
        package fileprivate(set) var troubles: [CameraTrouble] = []
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
            if report.phase != .online { (report.sourceTroubles, report.view) = ([], CameraView()) }
            report.noteTroubles(before.troubles, at: .now())
            all[camera] = report
            return report.phase != before.phase || report.troubles != before.troubles
                || report.view.isBlind != before.view.isBlind
        }
        if hasChanged { onPhase() }
    }

    /// What the camera's own thread has said, whatever becomes of its frames.
    package func phase(of camera: CameraName) -> Phase? { all.withLock { $0[camera]?.phase } }

    /// What its own thread has said.
    package func sourceTroubles(of camera: CameraName) -> [CameraTrouble] {
        all.withLock { $0[camera]?.sourceTroubles ?? [] }
    }

    /// What the analysis has said.
    package func view(of camera: CameraName) -> CameraView? { all.withLock { $0[camera]?.view } }

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
        told.noteTroubles(troubles, at: lastFrameAt ?? .now())
        return told
    }

    /// - Parameter before: what was wrong so far; what still is keeps its time.
    fileprivate mutating func noteTroubles(_ before: [CameraTrouble], at now: MonotonicTime) {
        troubles = found.map { trouble in
            let since = before.first { $0.kind == trouble.kind }?.since
            return CameraTrouble(trouble.kind, trouble.words, since: since ?? now)
        }
    }

    private var found: [CameraTrouble] {
        switch phase {
        case .online:
            let missing = hasProcessor ? [] : [CameraTrouble(.noProcessor, Self.noProcessor)]
            return view.troubles + sourceTroubles + missing
        case .starting, .stopped, .ended: return []
        case .offline, .gaveUp: return [CameraTrouble(.offline, phase.reason)]
        }
    }
}
