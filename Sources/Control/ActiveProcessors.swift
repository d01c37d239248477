package import Base
import Synchronization

/// What the analysis does now, per camera: written by the registry, read by the analysis thread before each frame.
/// A reader sees all of an update or nothing of it.
package final class ActiveProcessors: Sendable {
    /// A session of which a frame was analysed for the first time, or for the first time after trouble.
    package struct Proof: Sendable, Equatable {
        package let processor: ProcessorName
        package let sessionID: String
    }

    private struct State {
        var generation: UInt64 = 0
        var byCamera: [CameraName: [ActiveProcessor]] = [:]
        /// Sessions that have not proved yet that frames are analysed.
        var unproved: Set<String> = []
        /// Why processors are not active any more, where it is more than a stop.
        var endReasons: [ProcessorName: Event.EndReason] = [:]
    }

    private static let mostEndReasons = 256

    private let state = Mutex(State())
    /// At most one proof waits per session: the registry asks for each one.
    let proofs: AsyncStream<Proof>
    private let prove: AsyncStream<Proof>.Continuation

    package init() {
        (proofs, prove) = AsyncStream.makeStream(of: Proof.self, bufferingPolicy: .bufferingNewest(1024))
    }

    /// Grows with every change of any processor.
    package var generation: UInt64 { state.withLock(\.generation) }

    /// By name.
    package func current(for camera: CameraName) -> [ActiveProcessor] {
        state.withLock { $0.byCamera[camera] ?? [] }
    }

    /// Nil when nothing has changed since `generation`: the thread keeps what it has.
    package func change(for camera: CameraName, since generation: UInt64) -> (UInt64, [ActiveProcessor])? {
        state.withLock { $0.generation == generation ? nil : ($0.generation, $0.byCamera[camera] ?? []) }
    }

    /// The analysis thread says after each frame for whom it was analysed: that makes processors `RUNNING`.
    package func analysed(_ processors: [ActiveProcessor]) {
        state.withLock { state in
            guard !state.unproved.isEmpty else { return }
            for processor in processors where state.unproved.remove(processor.sessionID) != nil {
                prove.yield(Proof(processor: processor.name, sessionID: processor.sessionID))
            }
        }
    }

    /// Why the visits of a processor that is not active any more end. Asked once.
    package func endReason(to processor: ProcessorName) -> Event.EndReason {
        state.withLock { $0.endReasons.removeValue(forKey: processor) } ?? .stopped
    }

    /// To be said before the processor is taken off.
    func note(_ reason: Event.EndReason, forEndOf processor: ProcessorName) {
        state.withLock { state in
            // Nobody asks about processors whose camera never sent a frame.
            if state.endReasons.count >= Self.mostEndReasons { state.endReasons = [:] }
            state.endReasons[processor] = reason
        }
    }

    func replace(_ processors: [ActiveProcessor]) {
        let byCamera = Dictionary(grouping: processors.sorted { $0.name < $1.name }, by: \.camera)
        let sessions = Set(processors.map(\.sessionID))
        state.withLock { state in
            state.unproved.formIntersection(sessions)
            for processor in processors { state.endReasons[processor.name] = nil }
            guard state.byCamera != byCamera else { return }
            state.byCamera = byCamera
            state.generation &+= 1
        }
    }

    func awaitProof(of sessionID: String) {
        _ = state.withLock { $0.unproved.insert(sessionID) }
    }

    func finish() { prove.finish() }
}
