import Base
import Testing

@Suite("Alignment: the turn, scale and shift between two sets of points")
struct SimilarityTransformTests {
    private let face = [(30.0, 40.0), (70, 42), (50, 60), (35, 80), (66, 79)].map { Point(x: $0.0, y: $0.1) }

    @Test("A face that was turned, made larger and moved is found back exactly, and its inverse leads back")
    func exact() throws {
        let (a, b) = (1.7, -0.6)
        let moved = face.map { Point(x: a * $0.x - b * $0.y + 12, y: b * $0.x + a * $0.y - 7) }
        let transform = try #require(SimilarityTransform(from: face, to: moved))
        #expect(abs(transform.scale - (a * a + b * b).squareRoot()) < 1e-9)
        for (point, target) in zip(face, moved) {
            #expect(distance(transform.apply(to: point), target) < 1e-9)
            #expect(distance(transform.inverse.apply(to: target), point) < 1e-9)
        }
    }

    @Test("A face whose points do not fit exactly is brought as near as can be: every small change makes it worse")
    func nearest() throws {
        let noisy = zip(face, [(1.0, -2.0), (-1, 1), (3, 0), (0, 2), (-2, -1)]).map {
            Point(x: 0.5 * $0.x + $1.0, y: 0.5 * $0.y + $1.1)
        }
        let best = try #require(SimilarityTransform(from: face, to: noisy))
        let error = zip(face, noisy).map { square(best.apply(to: $0), $1) }.reduce(0, +)
        for (turn, shift) in [(0.01, 0.0), (-0.01, 0), (0, 0.5), (0, -0.5)] {
            let worse = zip(face, noisy).map { point, target in
                let place = best.apply(to: Point(x: point.x - turn * point.y, y: point.y + turn * point.x))
                return square(Point(x: place.x + shift, y: place.y), target)
            }
            #expect(worse.reduce(0, +) > error)
        }
    }

    @Test("A mirrored face is not mirrored back: a left eye never becomes a right one")
    func mirrored() throws {
        let mirrored = face.map { Point(x: 100 - $0.x, y: $0.y) }
        let transform = try #require(SimilarityTransform(from: face, to: mirrored))
        #expect(distance(transform.apply(to: face[0]), mirrored[0]) > 5)
    }

    @Test("Points in one place, points that are not numbers, and sets of different counts give none")
    func none() {
        let one = Point(x: 3, y: 3), nowhere = Point(x: .nan, y: 0)
        #expect(SimilarityTransform(from: [one, one], to: [one, Point(x: 4, y: 4)]) == nil)
        #expect(SimilarityTransform(from: [one, nowhere], to: [one, one]) == nil)
        #expect(SimilarityTransform(from: [one], to: [one]) == nil && SimilarityTransform(from: face, to: [one]) == nil)
    }

    private func square(_ a: Point, _ b: Point) -> Double { (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) }
    private func distance(_ a: Point, _ b: Point) -> Double { square(a, b).squareRoot() }
}
