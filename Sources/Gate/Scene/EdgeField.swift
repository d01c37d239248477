/// Where a scene has edges and which way they run: what stays the same when the light changes, even when bright and dark
/// change places, as under an infra-red lamp.
struct EdgeField: Sendable {
    /// Slopes of so many levels count half.
    private static let half: Float = 3
    private static let mostAcross = 100
    /// An edge counts as one from this strength on, squared.
    private static let strong: Float = 0.25
    /// With fewer edges than this share of the cells nothing can be told.
    private static let leastShare = 0.02
    private static let parts = 4

    private let grid: CellGrid
    /// The direction of each cell's slope at twice its angle, so that both ways across an edge are the same, as long as
    /// the edge is strong, 0...1.
    private let x: [Float]
    private let y: [Float]

    init(of picture: ScenePicture) {
        let small = picture.grid.across > Self.mostAcross ? picture.pooled(by: 2) : picture
        grid = small.grid
        var x = [Float](repeating: 0, count: small.cells.count)
        var y = x
        small.eachSlope { cell, across, down in
            let square = across * across + down * down
            guard square > 0.01 else { return }
            let slope = square.squareRoot()
            let share = 1 / (slope * (slope + Self.half))
            x[cell] = (across * across - down * down) * share
            y[cell] = 2 * across * down * share
        }
        (self.x, self.y) = (x, y)
    }

    /// How well two scenes fit.
    struct Match: Equatable {
        /// About 1 for the same scene in any light, about 0 for any other one.
        var whole: Float
        /// The share of the picture's parts, of those with edges before, that fit by themselves.
        var partsThatFit: Double

        static let unknown = Match(whole: 1, partsThatFit: 1)
    }

    /// Of what is seen with what is known, a cell beside each other at most. What hides a part of the scene, and light that
    /// shows more or less of it, do not count: of the edges that are still there the rest fits.
    func match(to known: EdgeField) -> Match {
        guard grid == known.grid, grid.across > 8, grid.down > 8 else { return .unknown }
        let here = match(to: known, shift: (0, 0))
        guard here.whole < 0.5 else { return here }
        var best = here
        for down in -1...1 {
            for across in -1...1 where (across, down) != (0, 0) {
                let match = match(to: known, shift: (across, down))
                if match.whole > best.whole { best = match }
            }
        }
        return best
    }

    private struct Sums {
        var (both, own, others): (Float, Float, Float) = (0, 0, 0)
        var count = 0

        mutating func add(_ product: Float, _ own: Float, _ other: Float) {
            (both, self.own, others) = (both + product, self.own + own, others + other)
            count += 1
        }

        var fit: Float { both / max(1e-6, own * others).squareRoot() }
    }

    private func match(to known: EdgeField, shift: (across: Int, down: Int)) -> Match {
        var parts = [Sums](repeating: Sums(), count: Self.parts * Self.parts)
        var (before, now) = (Sums(), Sums())
        for row in 1..<grid.down - 1 {
            for column in 1..<grid.across - 1 {
                let cell = row * grid.across + column
                let other = (row - shift.down) * grid.across + column - shift.across
                guard known.x.indices.contains(other) else { continue }
                let own = x[cell] * x[cell] + y[cell] * y[cell]
                let theirs = known.x[other] * known.x[other] + known.y[other] * known.y[other]
                let product = x[cell] * known.x[other] + y[cell] * known.y[other]
                if theirs > Self.strong { before.add(product, own, theirs) }
                if own > Self.strong { now.add(product, own, theirs) }
                parts[grid.part(ofRow: row, column, Self.parts)].add(product, own, theirs)
            }
        }
        let least = Int(Self.leastShare * Double(grid.count))
        guard before.count > least, now.count > least else { return .unknown }
        let mean = parts.reduce(0) { $0 + $1.others } / Float(parts.count)
        let known = parts.filter { $0.others > 0.1 * mean }
        return Match(
            whole: max(before.fit, now.fit),
            partsThatFit: Double(known.count { $0.fit > 0.5 }) / Double(max(1, known.count)))
    }
}
