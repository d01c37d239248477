import Base
import Capture
import Decode
import Runtime
import Settings

/// A camera with a V4L2 driver: its newest valid picture.
final class V4L2Source: FrameSource {
    private let settings: CameraSettings
    private let camera: Camera
    private let context: SourceContext
    private let pool: PicturePool
    private var decoder: PictureDecoder?
    private(set) var pictureMemory = 0

    init(_ settings: CameraSettings, device: any VideoDevice, _ context: SourceContext) {
        self.settings = settings
        self.context = context
        pool = PicturePool(capacity: SourceContext.poolSize, rotation: settings.rotate)
        camera = Camera(
            settings: settings, device: WatchedDevice(device, camera: settings.name, beats: context.beats))
    }

    var running: String { camera.format?.description ?? "" }

    var counts: SourceCounts {
        let counts = camera.counts
        return SourceCounts(
            lost: counts.lost + counts.skipped, corrupt: counts.corrupt, partial: counts.partial, dropped: pool.refused)
    }

    var troubles: [CameraTrouble] { camera.troubles }

    func open() throws -> [String] {
        try refuseSharedDevice()
        let format = try camera.open()
        decoder = try PictureDecoder()
        pictureMemory = format.memory(pictures: SourceContext.poolSize)
        return format.differences.map { "\($0)" }
    }

    /// Two names of one device would take it from each other for ever: the first of the config has it.
    private func refuseSharedDevice() throws(CaptureError) {
        guard case .v4l2(let path) = settings.source, let device = DeviceNames.device(at: path) else { return }
        let earlier = context.cameras.prefix { $0.name != settings.name }
        if let other = earlier.first(where: { $0.isDevice(device) }) {
            throw .sharedDevice(path: path, camera: other.name.text)
        }
    }

    func close() {
        camera.close()
        decoder = nil
    }

    func next(within timeout: Duration, as form: (MonotonicTime) -> PictureForm) throws -> SourceStep {
        guard let decoder else { return .nothing }
        let outcome = try camera.next(within: timeout) { picture in
            context.beats.beat(.camera(settings.name), .step("decoding a picture"))
            let form = form(picture.capturedAt)
            let began = MonotonicTime.now()
            defer { if form == .whole { context.timings.note(.decode, .now() - began) } }
            return decoder.take(picture, into: pool, as: form)
        }
        switch outcome {
        case .picture(let picture):
            if picture.isPartial { camera.notePartial() }
            return .picture(picture)
        // Whole to the eye, damaged to the decoder: the camera counts it, and stalls when nothing else comes.
        case .corrupt: camera.reject()
        case .unfinished: camera.noteUnfinished()
        // The pool counts it.
        case .noRoom: break
        case nil: break
        }
        return .nothing
    }

    func check() throws -> String? { try CameraGlance.trouble(of: self) }
}

extension CameraSettings {
    /// Whether this number of a device, as `DeviceNames.device` gives it, is behind the source, under whatever path.
    func isDevice(_ number: UInt64) -> Bool {
        guard case .v4l2(let path) = source else { return false }
        return DeviceNames.device(at: path) == number
    }
}
