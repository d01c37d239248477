import Base
import Gate
import TestSupport
import Testing

/// A camera of 1280x720 in front of a scene with walls, windows and bushes, at 5 pictures a second; each sample is the mean of
/// 8x8 pixels.
private struct Camera {
    static let (across, down) = (160, 90)

    var watch: SceneWatch
    var gate = MotionGate()
    var random = SplitMix(seed: 3)
    var noise = 1
    private var picture: Int64 = 0
    /// Verdicts and the second at which each began.
    var told: [(second: Double, verdict: SceneWatch.Verdict)] = []

    init(isRecording: Bool = false) { watch = SceneWatch(isRecording: isRecording) }

    /// Shows what `level` says of column, row and second, for so many seconds.
    mutating func show(_ seconds: Int, _ level: (Int, Int, Double) -> Double) {
        for index in 0..<seconds * 5 {
            let second = Double(index) / 5
            show { level($0, $1, second) }
        }
    }

    private mutating func show(_ level: (Int, Int) -> Double) {
        var random = self.random
        let noise = self.noise
        let frame = SyntheticFrame.make(.gray8, Self.across, Self.down, at: picture * 200) { _, column, row in
            let grain = noise > 0 ? Double(random.next() % UInt64(2 * noise + 1)) - Double(noise) : 0
            return UInt8(max(0, min(255, (level(column, row) + grain).rounded())))
        }
        self.random = random
        picture += 1
        guard let frame else { return }
        _ = gate.sawMotion(in: frame, isEighth: true)
        watch.look(at: gate.cells(of: frame, isEighth: true))
        if watch.verdict != told.last?.verdict ?? SceneWatch.Verdict() {
            told.append((Double(picture) / 5, watch.verdict))
        }
    }

    var kinds: [CameraTrouble.Kind] { watch.verdict.kinds }
}

/// Rectangles all over the picture; another number is another scene.
private func scene(_ number: UInt64 = 1, shiftedBy shift: Int = 0) -> (Int, Int, Double) -> Double {
    var random = SplitMix(seed: number)
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    var levels = [Double](repeating: 110, count: 240 * Camera.down)
    for _ in 0..<160 {
        let (left, top, level) = (below(230), below(85), Double(30 + below(200)))
        for row in top..<min(Camera.down, top + 3 + below(24)) {
            for column in left..<min(240, left + 3 + 7 + below(10)) { levels[row * 240 + column] = level }
        }
    }
    return { column, row, _ in levels[row * 240 + min(239, column + shift)] }
}

/// Means of squares of so many cells on each side of a cell: out of focus.
private func blurred(_ sharp: @escaping (Int, Int, Double) -> Double, by reach: Int) -> (Int, Int, Double) -> Double {
    var levels: [Double] = []
    for row in 0..<Camera.down {
        for column in 0..<Camera.across {
            var (sum, count) = (0.0, 0.0)
            for y in max(0, row - reach)...min(Camera.down - 1, row + reach) {
                for x in max(0, column - reach)...min(Camera.across - 1, column + reach) {
                    sum += sharp(x, y, 0)
                    count += 1
                }
            }
            levels.append(sum / count)
        }
    }
    return { column, row, _ in levels[row * Camera.across + column] }
}

@Suite("A camera that shows nothing, or not its scene, is found within a minute") struct SceneWatchTests {
    /// Forty seconds of the scene, then fifty-five of something else, then the scene again.
    private func kinds(
        noise: Int = 1, of place: (Int, Int, Double) -> Double = scene(),
        _ other: @escaping (Int, Int, Double) -> Double
    ) -> (during: [CameraTrouble.Kind], wasBlind: Bool, after: [CameraTrouble.Kind]) {
        var camera = Camera()
        camera.show(40, place)
        #expect(camera.told.isEmpty, "nothing is wrong with the scene")
        camera.noise = noise
        camera.show(55, other)
        let (during, wasBlind) = (camera.kinds, camera.watch.verdict.isBlind)
        camera.noise = 1
        camera.show(25, place)
        return (during, wasBlind, camera.kinds)
    }

    @Test("black with noise and without is dark, and nothing can be seen")
    func dark() {
        for noise in [0, 3] {
            let seen = kinds(noise: noise) { _, _, _ in 6 }
            #expect(seen.during == [.dark] && seen.wasBlind && seen.after.isEmpty, "noise \(noise)")
        }
    }

    @Test("a hand, a bag, a sprayed lens: without an edge, whatever its brightness, it is covered")
    func covered() {
        for level in [40.0, 120, 190] {
            let seen = kinds(noise: 2) { column, row, _ in level + Double(column) / 8 - Double(row) / 9 }
            #expect(seen.during == [.covered] && seen.wasBlind && seen.after.isEmpty, "level \(level)")
        }
    }

    @Test("the sun in the lens is over-exposed; with something left to be seen the camera is not blind")
    func overExposed() {
        let (sharp, all) = (scene(), kinds { _, _, _ in 255 })
        #expect(all.during == [.overExposed] && all.wasBlind && all.after.isEmpty)
        let most = kinds { column, row, second in column < 120 ? 255 : sharp(column, row, second) }
        #expect(most.during == [.overExposed] && !most.wasBlind && most.after.isEmpty)
    }

    @Test("a camera that hands out one picture again and again is frozen, and is no more once its picture changes")
    func frozen() {
        var camera = Camera()
        camera.show(10, scene())
        camera.noise = 0
        camera.show(26, scene())
        #expect(camera.kinds == [.frozen] && camera.watch.verdict.isBlind)
        camera.noise = 1
        camera.show(1, scene())
        #expect(camera.kinds == [.frozen] && !camera.watch.verdict.isBlind, "it may be looked at again at once")
        camera.show(6, scene())
        #expect(camera.kinds.isEmpty)
    }

    @Test("pictures that repeat after some others, and a recording that stands still, are not frozen")
    func noFreeze() {
        let sharp = scene()
        var loop = Camera()
        loop.noise = 0
        loop.show(60) { sharp($0, $1, $2) + Double(Int($2 * 5) % 3) }
        #expect(loop.told.isEmpty)
        var recording = Camera(isRecording: true)
        recording.noise = 0
        recording.show(60, sharp)
        #expect(recording.told.isEmpty)
    }

    @Test("a lens out of focus and fog are blurred")
    func blurred() {
        let (sharp, soft) = (scene(), GateTests.blurred(scene(), by: 3))
        for (what, picture) in [
            ("focus", soft), ("fog", { column, row, second in 150 + sharp(column, row, second) / 8 }),
        ] {
            let seen = kinds(picture)
            #expect(seen.during == [.blurred] && !seen.wasBlind && seen.after.isEmpty, "\(what)")
        }
    }

    @Test("water on the lens before a scene with few edges is blurred, too")
    func blurredPlainScene() {
        let bars: (Int, Int, Double) -> Double = { column, row, _ in
            let bar = column * 7 / Camera.across
            return row < 60 ? [200, 180, 150, 120, 100, 70, 40][bar] : [30, 200, 40, 20, 120, 20, 150][bar]
        }
        let seen = kinds(of: bars, GateTests.blurred(bars, by: 10))
        #expect(seen.during == [.blurred] && !seen.wasBlind && seen.after.isEmpty)
    }

    @Test("a camera that was knocked or turned has moved; turned back it has not")
    func moved() {
        for (what, picture) in [("turned", scene(9)), ("knocked", scene(shiftedBy: 14))] {
            let seen = kinds(picture)
            #expect(seen.during == [.moved] && !seen.wasBlind && seen.after.isEmpty, "\(what)")
        }
    }

    @Test("the new scene is accepted when somebody says so, and by itself after an hour")
    func accepted() {
        var camera = Camera()
        camera.show(40, scene())
        camera.show(50, scene(9))
        #expect(camera.kinds == [.moved])
        var other = camera
        camera.watch.acceptScene()
        camera.show(60, scene(9))
        #expect(camera.kinds.isEmpty)
        other.show(3500, scene(9))
        #expect(other.kinds == [.moved])
        other.show(200, scene(9))
        #expect(other.kinds.isEmpty)
    }

    @Test("night that falls, lamps that are switched, infra-red light, rain and clouds are no trouble")
    func light() {
        let sharp = scene()
        var random = SplitMix(seed: 8)
        let rain = (0..<4096).map { _ in Double(random.next() % 17) - 8 }
        let lights: [(String, (Int, Int, Double) -> Double)] = [
            ("dusk", { sharp($0, $1, $2) * (1 - 0.85 * min(1, $2 / 100)) }),
            ("lamp off", { sharp($0, $1, $2) * ($2 > 40 ? 0.2 : 1) }),
            ("lamp on", { sharp($0, $1, $2) * ($2 > 40 ? 1 : 0.2) }),
            ("lamp at one side", { sharp($0, $1, $2) * ($2 > 40 ? 1.2 - Double($0) / 160 : 1) }),
            ("infra-red", { $2 > 40 ? 190 - 0.7 * sharp($0, $1, $2) : sharp($0, $1, $2) }),
            ("rain", { sharp($0, $1, $2) * 0.8 + 25 + rain[($0 * 7 + $1 * 131 + Int($2 * 5) * 977) % 4096] }),
            ("clouds", { sharp($0, $1, $2) * (Int($2 / 15).isMultiple(of: 2) ? 1 : 0.6) }),
        ]
        for (what, level) in lights {
            var camera = Camera()
            camera.show(110, level)
            #expect(camera.told.isEmpty, "\(what)")
        }
    }

    @Test("a person close to the lens, a car that parks and one that drives away are no trouble")
    func objects() {
        let sharp = scene()
        func person(_ column: Int, _ row: Int, _ second: Double) -> Double {
            let left = 20 + Int(10 * second.truncatingRemainder(dividingBy: 3))
            return (left..<left + 100).contains(column) ? 70 + Double(row / 10 * 9) : sharp(column, row, second)
        }
        func car(_ column: Int, _ row: Int, _ second: Double) -> Double {
            guard (30..<130).contains(column), (40..<85).contains(row) else { return sharp(column, row, second) }
            return (50..<70).contains(column) && row < 60 ? 40 : 95
        }
        var near = Camera()
        near.show(40, sharp)
        near.show(55, person)
        near.show(20, sharp)
        #expect(near.told.isEmpty)
        var parked = Camera()
        parked.show(40, sharp)
        parked.show(100, car)
        parked.show(60, sharp)
        #expect(parked.told.isEmpty)
    }

    @Test("a lost camera begins anew, but is still to show its scene")
    func lost() {
        var camera = Camera()
        camera.show(40, scene())
        camera.show(30) { _, _, _ in 5 }
        #expect(camera.kinds == [.dark])
        camera.watch.restart()
        #expect(camera.watch.verdict == SceneWatch.Verdict())
        camera.show(50, scene(9))
        #expect(camera.kinds == [.moved])
    }
}
