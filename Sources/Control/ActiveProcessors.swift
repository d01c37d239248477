package import Base
import Synchronization

/// What the analysis does now, per camera: written by the registry, taken by the analysis thread before each frame.
/// Whoever takes gets all of an update or nothing of it, and is told once of every session of its own that has ended.
package final class ActiveProcessors: Sendable {
    /// A session of which a frame was analysed for the first time, or for the first time after trouble.
    package struct Proof: Sendable, Equatable {
        package let processor: ProcessorName
        package let sessionID: String
    }

    /// A session that is over: its visits end for this reason.
    package struct EndedSession: Sendable, Equatable {
        package let sessionID: String
        package let processor: ProcessorName
        package fileprivate(set) var reason: Event.EndReason
    }

    /// What has changed for the analysis of a camera, and what it does from now on.
    package struct Work: Sendable, Equatable {
        /// Sessions that the analysis took and that have ended since, in the order of their ends.
        package fileprivate(set) var ended: [EndedSession] = []
        /// By name.
        package fileprivate(set) var running: [ActiveProcessor] = []

        package init(running: [ActiveProcessor] = []) { self.running = running }
    }

    fileprivate struct Camera {
        var work = Work()
        /// Of `work.running`: the sessions that the analysis knows. Nobody else is told of an end, so `work.ended` holds
        /// at most as many as the analysis took last, however often somebody stops and starts meanwhile.
        var taken: Set<String> = []
    }

    private struct State {
        var cameras: [CameraName: Camera] = [:]
        /// Sessions that have not proved yet that frames are analysed.
        var unproved: Set<String> = []
        /// Nil when none is on.
        var mode: ModeName?
    }

    private let state = Mutex(State())
    /// At most one proof waits per session: the registry asks for each one.
    let proofs: AsyncStream<Proof>
    private let prove: AsyncStream<Proof>.Continuation

    package init() {
        (proofs, prove) = AsyncStream.makeStream(of: Proof.self, bufferingPolicy: .bufferingNewest(1024))
    }

    /// By name.
    package func current(for camera: CameraName) -> [ActiveProcessor] {
        state.withLock { $0.cameras[camera]?.work.running ?? [] }
    }

    /// For the analysis alone: what runs now, and which of the sessions that it took before have ended. Each end is
    /// told once.
    package func take(for camera: CameraName) -> Work {
        state.withLock { $0.cameras[camera]?.take() ?? Work() }
    }

    /// Which mode is on now.
    package var mode: ModeName? { state.withLock(\.mode) }

    /// The analysis thread says after each frame for whom it was analysed: that makes processors `RUNNING`.
    package func analysed(_ processors: [ActiveProcessor]) {
        state.withLock { state in
            guard !state.unproved.isEmpty else { return }
            for processor in processors where state.unproved.remove(processor.sessionID) != nil {
                prove.yield(Proof(processor: processor.name, sessionID: processor.sessionID))
            }
        }
    }

    /// - Parameter reasons: why sessions end with this change, by their ids; `stopped` where nothing is said.
    func replace(
        _ processors: [ActiveProcessor], endReasons reasons: [String: Event.EndReason] = [:], mode: ModeName?
    ) {
        let byCamera = Dictionary(grouping: processors.sorted { $0.name < $1.name }, by: \.camera)
        let sessions = Set(processors.map(\.sessionID))
        state.withLock { state in
            state.mode = mode
            state.unproved.formIntersection(sessions)
            for camera in Set(state.cameras.keys).union(byCamera.keys) {
                state.cameras[camera, default: Camera()].run(byCamera[camera] ?? [], reasons)
            }
        }
    }

    /// A processor that was stopped a moment ago is gone for good.
    func deleted(_ processor: ProcessorName) {
        state.withLock { state in
            for camera in state.cameras.keys { state.cameras[camera]?.deleted(processor) }
        }
    }

    func awaitProof(of sessionID: String) {
        _ = state.withLock { $0.unproved.insert(sessionID) }
    }

    func finish() { prove.finish() }
}

extension ActiveProcessors.Camera {
    fileprivate mutating func take() -> ActiveProcessors.Work {
        defer { work.ended = [] }
        taken = Set(work.running.map(\.sessionID))
        return work
    }

    fileprivate mutating func run(_ next: [ActiveProcessor], _ reasons: [String: Event.EndReason]) {
        let going = Set(next.map(\.sessionID))
        for processor in work.running where !going.contains(processor.sessionID) {
            guard taken.remove(processor.sessionID) != nil else { continue }
            work.ended.append(
                ActiveProcessors.EndedSession(
                    sessionID: processor.sessionID, processor: processor.name,
                    reason: reasons[processor.sessionID] ?? .stopped))
        }
        work.running = next
    }

    fileprivate mutating func deleted(_ processor: ProcessorName) {
        for index in work.ended.indices where work.ended[index].processor == processor {
            work.ended[index].reason = .deleted
        }
    }
}
