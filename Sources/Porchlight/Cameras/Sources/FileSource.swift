import Base
import Decode
import Runtime
import Settings

/// A clip, a picture or a folder of pictures, played once or again and again.
final class FileSource: FrameSource {
    private let settings: CameraSettings
    private let path: String
    private let loop: Bool
    private let pace: CameraSettings.Pace
    private let context: SourceContext
    private var reader: MediaReader?
    /// Goes on when the file is lost and opened again.
    private var clock: ReplayClock
    /// The pass over the file has shown nothing so far.
    private var isEmpty = true
    private var corruptBefore: UInt64 = 0
    private(set) var running = ""

    init(
        _ settings: CameraSettings, path: String, loop: Bool, pace: CameraSettings.Pace, _ context: SourceContext
    ) {
        self.settings = settings
        self.path = path
        self.loop = loop
        self.pace = pace
        self.context = context
        clock = ReplayClock(pause: .seconds(1) / settings.fps)
    }

    var counts: SourceCounts { SourceCounts(corrupt: corruptBefore + (reader?.corrupt ?? 0)) }

    func open() throws -> [String] {
        beat()
        reader = try MediaReader.opening(
            path, pool: FramePool(capacity: SourceContext.poolSize), rotation: settings.rotate,
            pictureInterval: .seconds(1) / settings.fps)
        beginPass()
        return []
    }

    func close() {
        corruptBefore += reader?.corrupt ?? 0
        reader = nil
    }

    func next(within timeout: Duration, as form: (MonotonicTime) -> PictureForm) throws -> SourceStep {
        guard let reader else { return .end }
        beat()
        let began = MonotonicTime.now()
        switch try reader.next() {
        case .frame(let frame):
            context.timings.note(.decode, .now() - began)
            isEmpty = false
            running = "\(path) \(frame.size)"
            let time = clock.time(at: frame.capturedAt - MonotonicTime(nanoseconds: 0))
            return .picture(CameraPicture(frame.shown(at: time)))
        case .noBuffer: return .noRoom
        case .end:
            if isEmpty { throw reader.lastDamage ?? .unreadable(path: path, reason: "it holds no picture") }
            guard loop else { return .end }
            try reader.rewind()
            beginPass()
            return .nothing
        }
    }

    func check() throws -> String? {
        defer { close() }
        _ = try open()
        _ = try next(within: .zero) { _ in .whole }
        return nil
    }

    private func beginPass() {
        clock.beginPass(notBefore: pace == .realtime ? .now() : nil)
        isEmpty = true
    }

    private func beat() { context.beats.beat(.camera(settings.name), .reading(path: path)) }
}
