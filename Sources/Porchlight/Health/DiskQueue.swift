import Base
import Dispatch
import Runtime

/// A serial queue for file work that nobody waits for: file access blocks, and the cooperative pool must not. A disk that
/// does not answer shows by the heartbeat.
final class DiskQueue: Sendable {
    private let queue: DispatchQueue
    private let part: Liveness.Part
    private let beats: Heartbeats?

    /// - Parameter beats: nil where nobody judges.
    init(_ name: String, beats: Heartbeats?) {
        queue = DispatchQueue(label: name)
        part = .disk(name)
        self.beats = beats
    }

    func async(_ work: @escaping @Sendable () -> Void) {
        queue.async { self.run(work) }
    }

    /// Returns when all work that was given before is done.
    func sync(_ work: @Sendable () -> Void) {
        queue.sync { self.run(work) }
    }

    private func run(_ work: () -> Void) {
        beats?.beat(part, .step("writing"))
        work()
        beats?.rest(part)
    }
}
