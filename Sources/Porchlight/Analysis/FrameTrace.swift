package import Base
import Logging

/// Where the time of one picture's journey went, stage by stage, from the camera's time stamp on.
package struct FrameTrace {
    package private(set) var stages: [(name: String, took: Duration)] = []
    private var since: MonotonicTime

    package init(from captured: MonotonicTime, at now: MonotonicTime = .now()) {
        since = captured
        ended("waited", at: now)
    }

    /// What took until now.
    package mutating func ended(_ stage: String, at now: MonotonicTime = .now()) {
        // A clip at full pace is ahead of the clock.
        stages.append((stage, max(.zero, now - since)))
        since = now
    }

    package func took(_ stage: String) -> Duration? { stages.first { $0.name == stage }?.took }

    /// One line of the log, at `debug`.
    func tell(_ logger: Logger, of camera: CameraName, events: Int) {
        logger.debug("a frame's journey", metadata: metadata(camera, events))
    }

    private func metadata(_ camera: CameraName, _ events: Int) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["camera": "\(camera)", "events": "\(events)"]
        for stage in stages { metadata[stage.name] = "\(((stage.took.inSeconds * 100_000).rounded() / 100))ms" }
        return metadata
    }
}
