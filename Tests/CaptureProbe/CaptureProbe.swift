import Base
import Capture
import Decode
import Glibc
import Settings

/// A camera's life without the rest of the program, told line by line, for tests that need a process of their own
/// (the fake camera is a preloaded library) and for a look at real cameras by hand.
///
///     CaptureProbe list
///     CaptureProbe watch PATH FORMAT WIDTHxHEIGHT FPS FRAMES SECONDS [ROTATION]
@main
struct CaptureProbe {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        switch words.first {
        case "list": list()
        case "watch":
            guard let watch = Watch(Array(words.dropFirst())) else { return usage() }
            watch.run()
        default: usage()
        }
    }

    private static func usage() {
        say("usage: CaptureProbe list | watch PATH FORMAT WIDTHxHEIGHT FPS FRAMES SECONDS [ROTATION]")
        exit(64)
    }

    private static func list() {
        guard let size = PixelSize(width: 1280, height: 720) else { return }
        for camera in CameraList.all(size: size, fps: 15) {
            say("camera \(camera.path) best=\(camera.bestName) card=\(camera.capability?.card ?? "?")")
            for format in camera.formats {
                let modes = format.modes.map { "\($0.size)@\($0.topRate.map { "\(Int($0))" } ?? "?")" }
                say("  \(format.fourCC) \(format.isUnderstood ? "" : "(not read) ")\(modes.joined(separator: " "))")
            }
            switch camera.verdict {
            case .usable(let format, let size, let fps, let reason):
                say("  chosen \(format) \(size) \(fps.map { "\(Int($0)) fps" } ?? ""): \(reason)")
            case .unusable(let error): say("  unusable: \(error)")
            }
        }
    }
}

private struct Watch {
    let settings: CameraSettings
    let path: String
    let frames: Int
    let deadline: MonotonicTime

    init?(_ words: [String]) {
        let numbers = words.dropFirst(2).flatMap { $0.split(separator: "x") }.compactMap { Int($0) }
        guard words.count >= 6, numbers.count >= 5, let name = CameraName("probe"),
            let format = CameraSettings.Format(rawValue: words[1]),
            let size = PixelSize(width: numbers[0], height: numbers[1]),
            let rotate = Rotation(rawValue: numbers.count > 5 ? numbers[5] : 0)
        else { return nil }
        path = words[0]
        settings = CameraSettings(
            name: name, source: .v4l2(path: path), format: format, size: size, fps: numbers[2], rotate: rotate)
        frames = numbers[3]
        deadline = MonotonicTime.now() + .seconds(numbers[4])
    }

    func run() {
        let camera = Camera(settings: settings, device: V4L2Device(path: path))
        let pool = PicturePool(capacity: 3, rotation: settings.rotate)
        var (seen, undecodable) = (0, 0)
        while seen < frames, MonotonicTime.now() < deadline {
            do throws(CaptureError) {
                say("online \(try camera.open().description)")
                guard let decoder = try? PictureDecoder() else { exit(70) }
                while seen < frames, MonotonicTime.now() < deadline {
                    guard
                        let outcome = try camera.next(
                            within: .milliseconds(200), { decoder.take($0, into: pool, as: .whole) })
                    else { continue }
                    if tell(outcome) { seen += 1 }
                    switch outcome {
                    case .corrupt:
                        camera.reject()
                        undecodable += 1
                    case .unfinished: camera.noteUnfinished()
                    case .picture(let picture) where picture.isPartial: camera.notePartial()
                    case .picture, .noRoom: break
                    }
                }
            } catch {
                say("offline \(error)")
                camera.close()
                usleep(100_000)
            }
        }
        let counts = camera.counts
        say(
            "troubles \(camera.troubles.map(\.words).joined(separator: "; "))\nend captured=\(counts.captured) skipped=\(counts.skipped) corrupt=\(counts.corrupt) partial=\(counts.partial) lost=\(counts.lost)"
                + " warmup=\(counts.warmUp) undecodable=\(undecodable)")
    }

    private func tell(_ outcome: DecodeOutcome) -> Bool {
        switch outcome {
        case .picture(let picture):
            guard let frame = picture.preview?.frame else { return false }
            say("frame \(frame.sequence) \(frame.format.rawValue) \(frame.size) mean=\(meanLuma(of: frame))")
            return true
        case .noRoom: say("nobuffer")
        case .unfinished: say("unfinished")
        case .corrupt(let error): say("corrupt \(error)")
        }
        return false
    }

    private func meanLuma(of frame: Frame) -> Int {
        unsafe frame.withPlane(0) { bytes, plane in
            var sum = 0
            for y in stride(from: 0, to: plane.rows, by: 8) {
                for x in stride(from: 0, to: plane.rowBytes, by: 8) { unsafe sum += Int(bytes[y * plane.stride + x]) }
            }
            return sum / max(1, (plane.rows + 7) / 8 * ((plane.rowBytes + 7) / 8))
        }
    }
}

/// Line by line even into a pipe, since the reader waits for single lines.
private func say(_ line: String) {
    print(line)
    fflush(nil)
}
