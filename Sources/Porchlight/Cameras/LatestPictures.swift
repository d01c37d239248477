package import Base
package import Decode
import Synchronization

/// The newest picture of each camera, for snapshots. Each camera's thread writes, snapshots read. One picture a camera.
package final class LatestPictures: Sendable {
    private let pictures = Mutex<[CameraName: CameraPicture]>([:])

    package init() {}

    /// Replaces the picture before.
    package func show(_ picture: CameraPicture, of camera: CameraName) {
        // What is replaced is freed after the lock.
        let replaced = pictures.withLock { $0.updateValue(picture, forKey: camera) }
        withExtendedLifetime(replaced) {}
    }

    /// The camera is lost or its clip has ended: an old picture would say that all is as it was.
    package func forget(_ camera: CameraName) {
        let forgotten = pictures.withLock { $0.removeValue(forKey: camera) }
        withExtendedLifetime(forgotten) {}
    }

    /// - Returns: nil before the first picture, and after the camera was lost.
    package func picture(of camera: CameraName) -> CameraPicture? { pictures.withLock { $0[camera] } }
}
