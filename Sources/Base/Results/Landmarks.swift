/// Points of an object in the order in which its network gives them, in ratios of the full frame: of a face the left eye,
/// the right eye, the nose and the corners of the mouth. They may lie beyond 0...1 at the edges.
package struct Landmarks: Sendable, Hashable {
    package let points: [Point]

    /// More than any network of ours gives.
    package static let most = 16
    package static let none = Landmarks(valid: [])

    /// Nil for more than 16 points, and when one is not finite.
    package init?(_ points: [Point]) {
        guard points.count <= Self.most, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
        self.points = points
    }

    private init(valid points: [Point]) { self.points = points }

    /// Points in ratios of a part of the frame, as points of the whole frame.
    /// - Parameter part: where that part lies in the frame.
    package func placed(in part: NormalizedBox) -> Landmarks {
        Landmarks(
            valid: points.map { Point(x: part.left + $0.x * part.width, y: part.top + $0.y * part.height) })
    }
}
