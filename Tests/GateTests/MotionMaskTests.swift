import Base
import Gate
import TestSupport
import Testing

/// A grey scene of 320x184 at 10 frames a second.
private struct Yard {
    var gate = MotionGate()
    private var now: Int64 = 0
    private let pool = FramePool(capacity: 2)

    /// `count` frames with a bright square of 40 pixels at column `x`, if any.
    mutating func frames(_ count: Int, squareAt x: Int? = nil) {
        for _ in 0..<count {
            let columns = x.map { $0..<($0 + 40) } ?? 0..<0
            let frame = SyntheticFrame.make(.yuv420p, 320, 184, at: now, pool: pool) { component, column, row in
                component == 0 && columns.contains(column) && (80..<120).contains(row) ? 220 : 100
            }
            if let frame { _ = gate.sawMotion(in: frame) }
            now += 100
        }
    }
}

@Suite("Where something moved")
struct MotionMaskTests {
    private let left = NormalizedBox(left: 0, top: 0.3, width: 0.3, height: 0.5) ?? .full
    private let right = NormalizedBox(left: 0.7, top: 0.3, width: 0.3, height: 0.5) ?? .full

    @Test("a visitor at the right wall does not make the coat at the left one move")
    func place() {
        var yard = Yard()
        yard.frames(20)
        _ = yard.gate.takeMotion()
        yard.frames(3, squareAt: 250)
        let motion = yard.gate.takeMotion()
        #expect(motion.touches(right) && !motion.touches(left))
        #expect(motion.touches(.full))
    }

    @Test("motion between two looks is remembered until the next, and then forgotten")
    func memory() {
        var yard = Yard()
        yard.frames(20)
        _ = yard.gate.takeMotion()
        yard.frames(1, squareAt: 20)
        yard.frames(3)
        #expect(yard.gate.takeMotion().touches(left))
        yard.frames(3)
        #expect(!yard.gate.takeMotion().touches(left))
    }

    @Test("boxes outside the picture, without size and of an unknown picture are asked for without harm")
    func edges() throws {
        var yard = Yard()
        let nothing = try #require(NormalizedBox(left: 0.5, top: 0.5, width: 0, height: 0))
        let outside = try #require(NormalizedBox(left: 1.5, top: -3, width: 2, height: 1))
        #expect(!yard.gate.takeMotion().touches(.full))
        yard.frames(20)
        yard.frames(2, squareAt: 20)
        let motion = yard.gate.takeMotion()
        #expect(!motion.touches(outside) && !motion.touches(nothing))
    }
}
