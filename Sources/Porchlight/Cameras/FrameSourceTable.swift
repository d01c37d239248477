import Capture
import Settings

/// The source of each kind of camera. To add one: a file in `Sources/`, and its row here.
enum FrameSourceTable {
    /// A source that is not open yet.
    static func source(of camera: CameraSettings, _ context: SourceContext) -> any FrameSource {
        switch camera.source {
        case .v4l2(let path): V4L2Source(camera, device: V4L2Device(path: path), context)
        case .replay(let path, let loop, let pace): FileSource(camera, path: path, loop: loop, pace: pace, context)
        }
    }
}
