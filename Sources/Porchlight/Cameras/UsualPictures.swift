package import Base
import Synchronization

/// Small pictures of what each camera showed a while ago, for whoever wants to see how it looked before it was moved: two for each
/// camera, in memory. That a camera was moved is noticed late, so that the newer one may show the new scene already.
package final class UsualPictures: Sendable {
    /// From one picture to the next.
    private static let interval = Duration.seconds(120)
    /// A camera was moved so long before that is told, at the most: half a minute, and until the recent pictures show it.
    private static let latest = Duration.seconds(45)
    package static let mostSide = 640
    package static let mostBytes = 64 << 10

    private let kept = Mutex<[CameraName: [Snapshot]]>([:])

    package init() {}

    /// Whether there is time for another picture of a camera with which all is well.
    package func isDue(for camera: CameraName, at now: MonotonicTime) -> Bool {
        kept.withLock { kept in kept[camera]?.last.map { now - $0.capturedAt >= Self.interval } ?? true }
    }

    /// The oldest one goes.
    package func keep(_ picture: Snapshot, of camera: CameraName) {
        kept.withLock { kept in kept[camera] = (kept[camera] ?? []).suffix(1) + [picture] }
    }

    /// - Parameter time: when it was told that the camera was moved.
    /// - Returns: nil when none is known to be older than that.
    package func picture(of camera: CameraName, beforeMoveToldAt time: MonotonicTime) -> Snapshot? {
        kept.withLock { $0[camera]?.last { time - $0.capturedAt >= Self.latest } }
    }
}
