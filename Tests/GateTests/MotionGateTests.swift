import Base
import Gate
import TestSupport
import Testing

/// A camera in front of a synthetic scene at 10 frames a second.
private struct Scene {
    var gate = MotionGate()
    var now: Int64 = 0
    var random = SplitMix(seed: 1)
    /// Levels of sensor noise, up and down.
    var noise = 3
    /// Added to every pixel.
    var light = 0
    /// Columns from the left that a flickering lamp lights in every other frame.
    var flickering = 0
    let pool = FramePool(capacity: 2)
    let format: PixelFormat

    init(_ format: PixelFormat = .yuv420p) { self.format = format }

    /// One frame with a bright square of `size` pixels at (`x`, `y`), if any.
    mutating func frame(x: Int = 0, y: Int = 0, size: Int = 0, brightness: Int = 80) -> Bool {
        var random = self.random
        let (noise, light, isRGB) = (self.noise, self.light, format == .rgb24)
        let lit = (now / 100).isMultiple(of: 2) ? flickering : 0
        let frame = SyntheticFrame.make(format, 320, 184, at: now, pool: pool) { component, column, row in
            guard component == 0 || isRGB else { return 128 }
            let texture = 60 + (column / 16 + row / 16) % 5 * 20
            let object = (x..<(x + size)).contains(column) && (y..<(y + size)).contains(row) ? brightness : 0
            let grain = noise == 0 ? 0 : Int(random.next() % UInt64(2 * noise + 1)) - noise
            return UInt8(max(0, min(255, texture + object + grain + light + (column < lit ? 50 : 0))))
        }
        self.random = random
        now += 100
        return frame.map { gate.sawMotion(in: $0) } ?? false
    }

    /// How many of `count` frames without any object count as motion.
    mutating func quiet(_ count: Int) -> Int { (0..<count).count { _ in frame() } }
}

@Suite("The motion gate")
struct MotionGateTests {
    @Test("the first frames count as motion, then a quiet scene is quiet", arguments: PixelFormat.allCases)
    func quietScene(format: PixelFormat) {
        var scene = Scene(format)
        #expect(scene.quiet(MotionGate.settlingFrames) == MotionGate.settlingFrames)
        #expect(scene.quiet(60) == 0)
    }

    @Test("sensor noise of a dark night is not motion", arguments: [0, 8, 20, 40])
    func sensorNoise(levels: Int) {
        var scene = Scene()
        scene.noise = levels
        _ = scene.quiet(30)
        #expect(scene.quiet(100) == 0)
    }

    @Test("somebody who walks is seen in every frame, a cat far away too", arguments: [100, 40, 24])
    func walker(size: Int) {
        var scene = Scene()
        _ = scene.quiet(30)
        let seen = (0..<30).count { scene.frame(x: 10 + $0 * 7, y: 50, size: size) }
        #expect(seen >= 29)
    }

    @Test("motion ends soon after the visitor has left")
    func leaves() {
        var scene = Scene()
        _ = scene.quiet(30)
        for step in 0..<30 { _ = scene.frame(x: 10 + step * 7, y: 50, size: 40) }
        _ = scene.quiet(10)
        #expect(scene.quiet(50) == 0)
    }

    @Test("a parked car becomes background within a minute, and is missed when it drives away")
    func parkedCar() {
        var scene = Scene()
        _ = scene.quiet(30)
        for _ in 0..<600 { _ = scene.frame(x: 50, y: 50, size: 90) }
        let still = (0..<50).count { _ in scene.frame(x: 50, y: 50, size: 90) }
        #expect(still == 0)
        let hasLeft = scene.frame()
        #expect(hasLeft)
    }

    @Test("a light that is switched on is looked at once and then is the new normal")
    func lightSwitched() {
        var scene = Scene()
        _ = scene.quiet(30)
        scene.light = 60
        _ = scene.quiet(40)
        #expect(scene.quiet(60) == 0)
    }

    @Test("a lamp that flickers for ever stops counting within half a minute", arguments: [100, 160, 260, 320])
    func flicker(columns: Int) {
        var scene = Scene()
        _ = scene.quiet(30)
        scene.flickering = columns
        _ = scene.quiet(300)
        #expect(scene.quiet(100) == 0)
    }

    @Test("clouds and automatic exposure are not motion")
    func slowLight() {
        var scene = Scene()
        _ = scene.quiet(30)
        var motions = 0
        for step in 0..<200 {
            scene.light = step < 100 ? step / 2 : (200 - step) / 2
            motions += scene.frame() ? 1 : 0
        }
        #expect(motions == 0)
    }

    @Test("a visitor is seen while the light changes")
    func visitorInChangingLight() {
        var scene = Scene()
        _ = scene.quiet(30)
        var seen = 0
        for step in 0..<20 {
            scene.light = step
            seen += scene.frame(x: 10 + step * 8, y: 50, size: 40) ? 1 : 0
        }
        #expect(seen >= 18)
    }

    @Test("frames of any size and with any time stamps are taken")
    func anyFrame() throws {
        var gate = MotionGate()
        for (index, (width, height)) in [(1, 1), (7, 7), (8, 8), (9, 200), (640, 1), (33, 17)].enumerated() {
            for milliseconds in [0, -5, Int64.max / 2_000_000, 3] {
                for format in PixelFormat.allCases {
                    let frame = try #require(
                        SyntheticFrame.make(format, width, height, at: milliseconds) { _, _, _ in UInt8(index) })
                    _ = gate.sawMotion(in: frame)
                }
            }
        }
    }
}

@Suite("When the network looks")
struct InferencePolicyTests {
    private func time(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    /// Times in milliseconds of the looks among frames every 100 ms.
    private func looks(
        _ range: StrideTo<Int64>, policy: inout InferencePolicy, motion: (Int64) -> Bool = { _ in false },
        following: Bool = false
    ) -> [Int64] {
        range.filter { policy.shouldInfer(at: time($0), sawMotion: motion($0), isFollowing: following) }
    }

    @Test("the first frame is looked at, then an idle camera every two seconds")
    func idle() {
        var policy = InferencePolicy()
        #expect(looks(stride(from: 0, to: 6000, by: 100), policy: &policy) == [0, 2000, 4000])
    }

    @Test("with motion every frame, and on for a second after it")
    func motion() {
        var policy = InferencePolicy()
        let seen = looks(stride(from: 0, to: 4000, by: 100), policy: &policy, motion: { $0 == 1000 })
        #expect(seen == [0] + Array(stride(from: 1000, through: 2000, by: 100)))
    }

    @Test("somebody who stands still is checked twice a second, so that the end is noticed")
    func following() {
        var policy = InferencePolicy()
        let seen = looks(stride(from: 0, to: 2000, by: 100), policy: &policy, following: true)
        #expect(seen == [0, 500, 1000, 1500])
    }

    @Test("what is looked at without motion was forecast, so that its picture is there in whole")
    func forecast() {
        var policy = InferencePolicy()
        for (following, motionAt) in [(false, 1000), (true, 1000), (false, -1)] as [(Bool, Int64)] {
            for milliseconds in stride(from: Int64(0), to: 6000, by: 100) {
                let expected = policy.forecast(isFollowing: following).isDue(at: time(milliseconds))
                let moved = milliseconds == motionAt
                let looks = policy.shouldInfer(at: time(milliseconds), sawMotion: moved, isFollowing: following)
                #expect(looks == (expected || moved), "at \(milliseconds)")
            }
            policy = InferencePolicy()
        }
        #expect(!InferenceForecast.never.isDue(at: time(1)) && InferenceForecast.always.isDue(at: time(1)))
    }

    @Test("a clock that goes back does not silence the camera")
    func clockBack() {
        var policy = InferencePolicy()
        _ = policy.shouldInfer(at: time(1_000_000), sawMotion: true, isFollowing: false)
        let anew = looks(stride(from: 0, to: 4000, by: 100), policy: &policy)
        #expect(anew == [0, 2000])
    }
}
