import Base
import Gate
import TestSupport
import Testing

/// A square in a picture.
private struct Square {
    var x: Int
    var y: Int
    var size = 40
    var level = 220

    func covers(_ column: Int, _ row: Int) -> Bool {
        (x..<x + size).contains(column) && (y..<y + size).contains(row)
    }
}

/// A scene of 320x184 with texture, at 10 frames a second.
private struct Yard {
    var gate = MotionGate()
    /// Every level is multiplied by this.
    var gain = 1.0
    /// Pixels that the camera has been knocked to the side.
    var shift = 0
    private var now: Int64 = 0
    private let pool = FramePool(capacity: 2)

    mutating func frame(_ squares: Square...) { frames(1, squares) }

    mutating func frames(_ count: Int, _ squares: [Square] = []) {
        for _ in 0..<count {
            let (gain, shift) = (gain, shift)
            let frame = SyntheticFrame.make(.yuv420p, 320, 184, at: now, pool: pool) { component, column, row in
                guard component == 0 else { return 128 }
                let texture = 60 + ((column + shift) / 16 + row / 16) % 5 * 20
                let level = squares.last { $0.covers(column, row) }?.level ?? texture
                return UInt8(max(0, min(255, Double(level) * gain)))
            }
            if let frame { _ = gate.sawMotion(in: frame) }
            now += 100
        }
    }

    /// A gate that knows the scene with these squares in it.
    static func known(_ squares: [Square] = []) -> Yard {
        var yard = Yard()
        yard.frames(30, squares)
        _ = yard.gate.takeMotion()
        return yard
    }
}

@Suite("What moved inside a box")
struct SceneMotionTests {
    private let left = NormalizedBox(left: 0, top: 0.3, width: 0.3, height: 0.5) ?? .full
    private let right = NormalizedBox(left: 0.7, top: 0.3, width: 0.3, height: 0.5) ?? .full
    private let middle = NormalizedBox(left: 0.35, top: 0.2, width: 0.35, height: 0.7) ?? .full

    @Test("a visitor at the right wall does not make the coat at the left one move")
    func place() {
        var yard = Yard.known()
        yard.frames(3, [Square(x: 250, y: 80)])
        let motion = yard.gate.takeMotion()
        #expect(motion.motion(in: right).share > 0.1 && motion.motion(in: right).own > 10)
        #expect(
            motion.motion(in: left) == BoxMotion(share: 0, own: 0, bornInside: 0, cells: motion.motion(in: left).cells))
    }

    @Test("motion between two looks is remembered until the next, and then forgotten")
    func memory() {
        var yard = Yard.known()
        yard.frames(1, [Square(x: 20, y: 80)])
        yard.frames(1, [Square(x: 28, y: 80)])
        #expect(yard.gate.takeMotion().motion(in: left).share > 0.1)
        yard.frames(20)
        _ = yard.gate.takeMotion()
        yard.frames(3)
        #expect(yard.gate.takeMotion().motion(in: left).share == 0)
    }

    @Test("a hand that is moved comes up inside the box of somebody at rest")
    func hand() {
        var yard = Yard.known()
        yard.frames(2, [Square(x: 160, y: 90, size: 24)])
        let motion = yard.gate.takeMotion().motion(in: middle)
        #expect(motion.bornInside >= 4 && motion.bornInside == motion.own)
    }

    @Test("whoever walks past in front of a parked car has come up beside it, however far inside the box they are")
    func passer() {
        var yard = Yard.known()
        for step in 0..<20 {
            yard.frame(Square(x: 8 + step * 8, y: 110, size: 24))
            let motion = yard.gate.takeMotion().motion(in: middle)
            #expect(motion.bornInside == 0, "step \(step)")
        }
        yard.frame(Square(x: 168, y: 110, size: 24))
        #expect(yard.gate.takeMotion().motion(in: middle).own > 4)
    }

    @Test("a reflection beside whoever passes is theirs")
    func reflection() {
        var yard = Yard.known()
        for step in 0..<18 {
            yard.frame(Square(x: 8 + step * 8, y: 120, size: 32))
            _ = yard.gate.takeMotion()
        }
        yard.frame(Square(x: 152, y: 120, size: 32), Square(x: 152, y: 88, size: 16))
        #expect(yard.gate.takeMotion().motion(in: middle).bornInside == 0)
    }

    @Test("what another box explains is left out")
    func explained() {
        var yard = Yard.known()
        yard.frames(2, [Square(x: 160, y: 90)])
        let motion = yard.gate.takeMotion()
        let person = NormalizedBox(left: 0.48, top: 0.45, width: 0.17, height: 0.3) ?? .full
        #expect(motion.motion(in: middle).share > 0.05)
        #expect(motion.motion(in: middle, apartFrom: [person]).share == 0)
    }

    @Test("light that goes on over a part of the picture moves nothing in it", arguments: [0.75, 1.3])
    func gain(gain: Double) {
        // A light thing in a dark yard: the median of the differences does not know it.
        let car = Square(x: 120, y: 50, size: 80, level: 150)
        var yard = Yard.known([car])
        yard.gain = gain
        yard.frames(2, [car])
        let motion = yard.gate.takeMotion().motion(in: middle)
        #expect(motion.isUnclear || motion.share < 0.02)
        #expect(motion.bornInside == 0)
    }

    @Test("a knocked camera moves nothing in particular")
    func knocked() {
        var yard = Yard.known()
        yard.shift = 5
        yard.frames(1)
        let motion = yard.gate.takeMotion()
        #expect(motion.motion(in: middle).isUnclear && motion.motion(in: .full).isUnclear)
    }

    @Test("the first frame and a wholly new scene tell nothing of any box")
    func newScene() {
        var yard = Yard()
        yard.frames(1)
        #expect(yard.gate.takeMotion().motion(in: middle).isUnclear)
        yard.frames(30)
        #expect(yard.gate.takeMotion().motion(in: middle) != .unclear)
        yard.frames(1, [Square(x: -50, y: -50, size: 500, level: 250)])
        #expect(yard.gate.takeMotion().motion(in: middle).isUnclear)
    }

    @Test("boxes outside the picture, without size and of an unknown picture are asked for without harm")
    func edges() throws {
        var yard = Yard()
        let nothing = try #require(NormalizedBox(left: 0.5, top: 0.5, width: 0, height: 0))
        let outside = try #require(NormalizedBox(left: 1.5, top: -3, width: 2, height: 1))
        #expect(yard.gate.takeMotion().motion(in: .full) == .none)
        yard.frames(20)
        yard.frames(2, [Square(x: 20, y: 80)])
        let motion = yard.gate.takeMotion()
        for box in [nothing, outside] { #expect(motion.motion(in: box).share == 0) }
    }

    @Test("any noise at all is asked about any boxes without harm", arguments: 0..<20 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var yard = Yard()
        for _ in 0..<20 {
            let squares = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                Square(
                    x: .random(in: -50...350, using: &random), y: .random(in: -50...200, using: &random),
                    size: .random(in: 1...60, using: &random), level: .random(in: 0...255, using: &random))
            }
            yard.frames(1, squares)
            let scene = yard.gate.takeMotion()
            for _ in 0..<10 {
                let box = NormalizedBox(
                    left: .random(in: -0.5...1, using: &random), top: .random(in: -0.5...1, using: &random),
                    width: .random(in: 0...1.5, using: &random), height: .random(in: 0...1.5, using: &random))
                let motion = scene.motion(in: box ?? .full)
                #expect((0...1).contains(motion.share) && motion.bornInside <= motion.own && motion.own <= motion.cells)
            }
        }
    }
}
