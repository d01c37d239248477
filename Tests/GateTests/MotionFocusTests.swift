import Base
import Gate
import TestSupport
import Testing

@Suite("A second look goes where something small moves")
struct MotionFocusTests {
    private static let size = PixelSize(width: 1280, height: 720)

    /// What a gate sees when these squares (x, y, side) appear in a picture of 1280x720.
    private func motion(_ squares: [(Int, Int, Int)]) -> SceneMotion {
        var gate = MotionGate()
        let pool = FramePool(capacity: 2)
        for step in 0..<32 {
            let frame = SyntheticFrame.make(.gray8, 160, 90, at: Int64(step) * 100, pool: pool) { _, column, row in
                let inside = squares.contains { x, y, side in
                    (x / 8..<(x + side) / 8).contains(column) && (y / 8..<(y + side) / 8).contains(row)
                }
                return step >= 30 && inside ? 220 : UInt8(80 + (column + row) % 3)
            }
            if step == 30 { _ = gate.takeMotion() }
            if let frame { _ = gate.sawMotion(in: frame, isEighth: true) }
        }
        return gate.takeMotion()
    }

    private func next(_ motion: SceneMotion, found: [NormalizedBox] = []) throws -> NormalizedBox? {
        var focus = MotionFocus()
        return focus.next(in: motion, of: try #require(Self.size), inputWidth: 352, found: found)
    }

    @Test(
        "around a small cat there is a crop that holds it, in the picture's shape, with enough pixels",
        arguments: [(40, 40), (600, 350), (1230, 660)])
    func smallCat(x: Int, y: Int) throws {
        let crop = try #require(try next(motion([(x, y, 40)])))
        #expect(crop.width == crop.height && crop.width * 1280 >= 176 && crop.width <= 0.65)
        let cat = try #require(
            NormalizedBox(left: Double(x) / 1280, top: Double(y) / 720, width: 40 / 1280, height: 40 / 720))
        #expect(crop.intersection(with: cat).area > 0.99 * cat.area)
        #expect(crop.left >= 0 && crop.top >= 0 && crop.right <= 1 + 1e-9 && crop.bottom <= 1 + 1e-9)
    }

    @Test("who fills the picture, and what the first look is sure of, needs none")
    func notNeeded() throws {
        #expect(try next(motion([(200, 100, 560)])) == nil)
        #expect(try next(motion([])) == nil)
        let cat = motion([(600, 350, 40)])
        let known = try #require(NormalizedBox(left: 0.46, top: 0.47, width: 0.05, height: 0.1))
        #expect(try next(cat, found: [known]) == nil)
        #expect(try next(cat, found: [.init(left: 0, top: 0, width: 0.2, height: 0.2) ?? .full]) != nil)
    }

    @Test("two that are far apart have their looks in turn")
    func turns() throws {
        let two = motion([(100, 100, 40), (1000, 500, 40)])
        var focus = MotionFocus()
        let size = try #require(Self.size)
        let crops = (0..<4).map { _ in focus.next(in: two, of: size, inputWidth: 352, found: []) }
        #expect(Set(crops).count == 2 && crops[0] == crops[2] && crops[1] == crops[3])
    }
}

@Suite("Further looks keep to their share of a core")
struct LookBudgetTests {
    @Test("in the long run they take a quarter of it, however slow the box", arguments: [10, 80, 400])
    func share(milliseconds: Int64) {
        var budget = LookBudget()
        var taken = 0
        for step in 0..<6000 {
            guard budget.admits(at: MonotonicTime(nanoseconds: Int64(step) * 100_000_000)) else { continue }
            budget.spend(.milliseconds(milliseconds))
            taken += 1
        }
        let used = Double(taken) * Double(milliseconds) / 600_000
        #expect(used <= LookBudget.share + 0.01)
        #expect(taken == 6000 || used > LookBudget.share - 0.02)
    }

    @Test("a clock that goes back or leaps neither stops them for ever nor gives them a minute's time at once")
    func clock() {
        var budget = LookBudget()
        for time in [5_000_000_000, 0, Int64.max / 2, 1_000_000_000] {
            _ = budget.admits(at: MonotonicTime(nanoseconds: time))
            budget.spend(.seconds(1))
        }
        var taken = 0
        for _ in 0..<20 where budget.admits(at: MonotonicTime(nanoseconds: .max / 2 + 60_000_000_000)) {
            budget.spend(.seconds(1))
            taken += 1
        }
        #expect((1...3).contains(taken))
    }
}
