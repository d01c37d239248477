package import Base
package import Decode
package import Settings

/// Where a camera's pictures come from. Used by one thread, which opens it, asks for pictures one by one, and closes it
/// after an error, at the end and before the program ends; then it may be opened again. A source never tries again by
/// itself: it throws, and the `Recovery` of its errors says what comes next. Before each call that may hang it tells
/// `Heartbeats` which one.
package protocol FrameSource {
    /// What runs, for example `MJPG 1280x720 at 10 fps`; known as soon as there was a picture.
    var running: String { get }
    /// What was lost, since the source was made.
    var counts: SourceCounts { get }
    /// What its pictures and the driver's buffers take at most, in bytes; 0 before it was opened, and for files.
    var pictureMemory: Int { get }
    /// What is unusual about a source that has pictures, mostly none.
    var troubles: [CameraTrouble] { get }
    /// - Returns: in words, how it differs from what the settings ask for.
    func open() throws -> [String]
    /// The next picture: of a camera the newest one.
    /// - Parameters:
    ///   - timeout: about how long it waits at most.
    ///   - form: what is decoded at once of a picture of this time; what is a frame anyhow stays one.
    func next(within timeout: Duration, as form: (MonotonicTime) -> PictureForm) throws -> SourceStep
    /// Does nothing when it is closed.
    func close()
    /// Opens it, looks for some seconds at most whether pictures come and show anything, and closes it.
    /// - Returns: in words, what is wrong with the pictures; nil when nothing is.
    func check() throws -> String?
}

extension FrameSource {
    package var pictureMemory: Int { 0 }
    package var troubles: [CameraTrouble] { [] }
}

/// What `FrameSource.next` found.
package enum SourceStep: Sendable {
    case picture(CameraPicture)
    /// None came in time, or it was dropped and counted.
    case nothing
    /// Too many pictures are in use. Nothing is lost: ask again when one is free.
    case noRoom
    case end
}

/// Pictures that a source has lost.
package struct SourceCounts: Sendable, Equatable {
    /// By the driver: gaps in its sequence numbers, and older pictures skipped for newer ones.
    package var lost: UInt64 = 0
    package var corrupt: UInt64 = 0
    /// Damaged, and not lost: used as far as they decode.
    package var partial: UInt64 = 0
    /// For want of a free buffer.
    package var dropped: UInt64 = 0

    package init(lost: UInt64 = 0, corrupt: UInt64 = 0, partial: UInt64 = 0, dropped: UInt64 = 0) {
        (self.lost, self.corrupt, self.partial, self.dropped) = (lost, corrupt, partial, dropped)
    }

    /// What has been lost since it was `before`.
    func since(_ before: SourceCounts) -> SourceCounts {
        func more(_ count: KeyPath<SourceCounts, UInt64>) -> UInt64 {
            self[keyPath: count] - min(self[keyPath: count], before[keyPath: count])
        }
        return SourceCounts(
            lost: more(\.lost), corrupt: more(\.corrupt), partial: more(\.partial), dropped: more(\.dropped))
    }
}

/// What a source may use beside its camera's settings.
struct SourceContext: Sendable {
    /// All cameras of the config, in its order.
    var cameras: [CameraSettings] = []
    var beats = Heartbeats()
    var timings = Timings()

    /// Pictures of one camera alive at a time: one being filled, one waiting, one analysed, one shown, and one spare.
    static let poolSize = 5
}

extension CameraSettings.Source {
    /// How fast a recording is played; nil for what shows the present.
    package var pace: CameraSettings.Pace? {
        switch self {
        case .v4l2: nil
        case .replay(_, _, let pace): pace
        }
    }
}
