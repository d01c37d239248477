import Base
import Decode
import Foundation
import Gate
import Testing

/// Real cameras that nobody touched, and what the rules of `SceneWatch` make of them.
@Suite("Clips of real cameras: light, people and rain are no trouble; another scene is") struct SceneClipsTests {
    private static let folder =
        (ProcessInfo.processInfo.environment["PORCHLIGHT_SHARED"] ?? "../shared") + "/video"
    private static let clips = [
        "aws_person_night.mp4", "intel_one-by-one-person-detection.mp4", "persontracker_cctv.mp4",
    ]
    private static let (across, down) = (96, 54)
    private static let isThere = FileManager.default.fileExists(atPath: folder + "/" + clips[0])
    private static let reason: Comment = "../shared with the clips is not there"

    /// One level for each of 96x54 squares of a picture, up to 40 pictures a fifth of a second apart.
    private static func levels(of clip: String) throws -> [[Double]] {
        let pool = FramePool(capacity: 4)
        let reader = try MediaReader.opening(
            folder + "/" + clip, pool: pool, rotation: .none, pictureInterval: .milliseconds(100))
        var (all, next): ([[Double]], Duration) = ([], .zero)
        while all.count < 40, case .frame(let frame) = try reader.next() {
            let time = frame.capturedAt - MonotonicTime(nanoseconds: 0)
            guard time >= next else { continue }
            next = next + .milliseconds(200)
            all.append(levels(of: frame))
        }
        return all
    }

    private static func levels(of frame: Frame) -> [Double] {
        let (width, height) = (frame.size.width / across, frame.size.height / down)
        return unsafe frame.withPlane(0) { bytes, plane in
            (0..<across * down).map { cell in
                let (top, left) = (cell / across * height, cell % across * width)
                var sum = 0
                for row in top..<top + height {
                    for column in left..<left + width { sum += Int(unsafe bytes[row * plane.stride + column]) }
                }
                return Double(sum) / Double(width * height)
            }
        }
    }

    /// A camera that shows the clip again and again, five times a second.
    private struct Camera {
        let clip: [[Double]]
        var watch = SceneWatch()
        var gate = MotionGate()
        var told: [SceneWatch.Verdict] = []
        private var picture = 0
        private let pool = FramePool(capacity: 3)

        init(_ clip: [[Double]]) { self.clip = clip }

        mutating func show(
            _ seconds: Int, _ other: [[Double]]? = nil, _ light: (Double, Double) -> Double = { x, _ in x }
        ) throws {
            for index in 0..<seconds * 5 {
                let pictures = other ?? clip
                let levels = pictures[picture % pictures.count]
                let second = Double(index) / 5
                let size = try #require(PixelSize(width: SceneClipsTests.across, height: SceneClipsTests.down))
                let at = MonotonicTime(nanoseconds: Int64(picture) * 200_000_000)
                let grain = picture
                let frame = unsafe pool.frame(
                    .gray8, size, isFullRange: true, capturedAt: at, sequence: UInt64(picture)
                ) { _, bytes, plane in
                    for cell in levels.indices {
                        let (row, column) = (cell / SceneClipsTests.across, cell % SceneClipsTests.across)
                        let level = light(levels[cell], second) + Double((cell * 31 + grain * 17) % 3) - 1
                        unsafe bytes[row * plane.stride + column] = UInt8(max(0, min(255, level)))
                    }
                }
                picture += 1
                guard let frame else { continue }
                _ = gate.sawMotion(in: frame, isEighth: true)
                watch.look(at: gate.cells(of: frame, isEighth: true))
                if watch.verdict != told.last ?? SceneWatch.Verdict() { told.append(watch.verdict) }
            }
        }
    }

    @Test("what people do, dusk, a lamp, clouds and rain: nothing is told", .enabled(if: isThere, reason))
    func quiet() throws {
        for clip in Self.clips {
            let pictures = try Self.levels(of: clip)
            let lights: [(String, (Double, Double) -> Double)] = [
                ("as it is", { level, _ in level }),
                ("dusk", { level, second in level * (1 - 0.8 * min(1, second / 100)) }),
                ("a lamp", { level, second in second < 50 ? level : level * 0.25 }),
                ("clouds", { level, second in Int(second / 12).isMultiple(of: 2) ? level : level * 0.6 }),
                ("rain", { level, second in level * 0.8 + 25 + 8 * (second * 7.3).truncatingRemainder(dividingBy: 1) }),
            ]
            for (what, light) in lights {
                var camera = Camera(pictures)
                try camera.show(110, nil, light)
                #expect(camera.told.isEmpty, "\(clip): \(what)")
            }
        }
    }

    @Test("a camera that is turned to the scene of another one has moved", .enabled(if: isThere, reason))
    func turned() throws {
        let pictures = try Self.clips.map { try Self.levels(of: $0) }
        for (number, own) in pictures.enumerated() {
            var camera = Camera(own)
            try camera.show(40)
            try camera.show(50, pictures[(number + 1) % pictures.count])
            #expect(camera.watch.verdict.kinds == [.moved], "\(Self.clips[number])")
            try camera.show(25)
            #expect(camera.watch.verdict.kinds.isEmpty, "\(Self.clips[number])")
        }
    }
}
