import Base
import Glibc

/// Weak looks at one object that add up because it moves along a path: a small cat at night that the network never means
/// surely, ten looks in a row, from one side of the drive to the other. Noise flickers here and there, and a lamp stays
/// where it is; neither has a path. Pure.
///
/// The sum is that of log-odds over those of a box that means nothing, as for independent looks (naive Bayes). Looks of
/// one object are not independent: that is why more is asked than of sure looks (`VisitTuning.pathLooks`).
struct PathEvidence: Sendable {
    /// What a box that means nothing has.
    static let meaningless: Float = 0.05
    /// No single look says more than this.
    static let surest: Float = 0.95
    /// Looks that are remembered, ...
    static let length = 24
    /// ... and for how long.
    static let memory: Duration = .seconds(5)
    /// So many looks over so much time are no accident.
    static let leastLooks = 5
    static let leastTime: Duration = .milliseconds(600)
    /// From the first third of the looks to the last the object has come this far, in its own sizes, ...
    static let leastDistance = 1.0
    /// ... a part of that from each third to the next, ...
    static let leastStep = 0.25
    /// ... and not much further round about.
    static let leastStraightness = 0.7
    /// On average the looks are this near to somebody who walks on evenly, in the object's sizes, or this share of the way.
    static let mostScatter = 0.3
    static let mostScatterOfWay = 0.06
    /// Of the looks in this time at least this share has seen it.
    static let leastSeen = 1.0 / 3

    private struct Sight {
        var time: MonotonicTime
        var box: NormalizedBox
        var confidence: Float
    }

    private var sights: [Sight] = []
    /// Looks that did not see it.
    private var misses: [MonotonicTime] = []

    /// One look; `detection` is nil when it did not see the object, or not where it counts.
    mutating func note(_ detection: Detection?, at time: MonotonicTime) {
        sights.removeAll { time - $0.time > Self.memory || $0.time > time }
        misses.removeAll { time - $0 > Self.memory || $0 > time }
        guard let detection else {
            if !sights.isEmpty { misses.append(time) }
            if misses.count > 4 * Self.length { misses.removeFirst() }
            return
        }
        sights.append(
            Sight(time: time, box: detection.box, confidence: min(Self.surest, detection.confidence.value)))
        if sights.count > Self.length { sights.removeFirst() }
    }

    /// How sure each of `looks` looks would have to be to say as much as all of these together; nil without a path.
    func confidence(overLooks looks: Int) -> Confidence? {
        guard looks > 0, sights.count >= Self.leastLooks, let first = sights.first, let last = sights.last,
            last.time - first.time >= Self.leastTime, isPath
        else { return nil }
        let missed = misses.count { $0 > first.time }
        guard Double(sights.count) >= Self.leastSeen * Double(sights.count + missed) else { return nil }
        let ground = Self.logOdds(Self.meaningless)
        let sum = sights.reduce(Float(0)) { $0 + max(0, Self.logOdds($1.confidence) - ground) }
        return Confidence(clamping: 1 / (1 + exp(-(ground + sum / Float(looks)))))
    }

    private var isPath: Bool {
        let third = max(1, sights.count / 3)
        let (start, end) = (Self.middle(sights.prefix(third)), Self.middle(sights.suffix(third)))
        let between = Self.middle(sights.dropFirst(third).dropLast(third))
        let (width, height) = (sights.map(\.box.width), sights.map(\.box.height))
        let size = Point(x: Self.mean(width), y: Self.mean(height))
        func distance(_ a: Point, _ b: Point) -> Double {
            let (x, y) = ((a.x - b.x) / max(1e-6, size.x), (a.y - b.y) / max(1e-6, size.y))
            return (x * x + y * y).squareRoot()
        }
        let (whole, one, two) = (distance(start, end), distance(start, between), distance(between, end))
        return whole >= Self.leastDistance && min(one, two) >= Self.leastStep
            && whole >= Self.leastStraightness * (one + two)
            && scatter(size) <= max(Self.mostScatter, Self.mostScatterOfWay * whole)
    }

    /// How far the looks are from an even walk (least squares over time), in sizes of the object.
    private func scatter(_ size: Point) -> Double {
        let start = sights.first?.time ?? MonotonicTime(nanoseconds: 0)
        let times = sights.map { ($0.time - start).inSeconds }
        func squares(_ places: [Double]) -> Double {
            let (t, p) = (Self.mean(times), Self.mean(places))
            let spread = zip(times, times).reduce(0) { $0 + ($1.0 - t) * ($1.1 - t) }
            let slope = spread > 0 ? zip(times, places).reduce(0) { $0 + ($1.0 - t) * ($1.1 - p) } / spread : 0
            let rest = zip(times, places).map { $1 - p - slope * ($0 - t) }
            return Self.mean(rest.map { $0 * $0 })
        }
        let (x, y) = (squares(sights.map(\.box.center.x)), squares(sights.map(\.box.center.y)))
        return (x / max(1e-12, size.x * size.x) + y / max(1e-12, size.y * size.y)).squareRoot()
    }

    private static func middle(_ sights: ArraySlice<Sight>) -> Point {
        Point(x: mean(sights.map(\.box.center.x)), y: mean(sights.map(\.box.center.y)))
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }

    private static func logOdds(_ confidence: Float) -> Float {
        let bounded = max(1e-4, confidence)
        return log(bounded / (1 - bounded))
    }
}
