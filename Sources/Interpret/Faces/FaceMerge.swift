package import Base

/// Puts together the faces that several looks at one picture have found: at the whole of it, and at parts of it.
package struct FaceMerge: Sendable {
    /// A box this near to a part's edge, in ratios of the part, is cut by it.
    private static let edge = 0.01
    /// Faces that overlap by more than this are one, ...
    private static let overlap = 0.3
    /// ... and so are those of which this share of the smaller one lies inside the other.
    private static let containment = 0.7

    private var found: [Detection] = []

    package init() {}

    /// - Parameters:
    ///   - seen: in ratios of the whole picture.
    ///   - part: what was looked at. What its edge cuts counts only where the picture itself ends.
    package mutating func add(_ seen: [Detection], of part: NormalizedBox = .full) {
        found += seen.filter { $0.landmarks.points.count == FaceTemplate.count && !Self.cuts(part, $0.box) }
    }

    /// Every face once, by the surest of its boxes; the largest first, at most a hundred.
    package var faces: [Detection] {
        var kept: [Detection] = []
        for face in found.sorted(by: { $0.confidence > $1.confidence })
        where !kept.contains(where: { Self.isSame($0.box, face.box) }) { kept.append(face) }
        return Array(kept.sorted { $0.box.area > $1.box.area }.prefix(Face.mostInPicture))
    }

    private static func cuts(_ part: NormalizedBox, _ box: NormalizedBox) -> Bool {
        let (across, down) = (edge * part.width, edge * part.height)
        return (part.left > 0 && box.left < part.left + across) || (part.top > 0 && box.top < part.top + down)
            || (part.right < 1 - 1e-9 && box.right > part.right - across)
            || (part.bottom < 1 - 1e-9 && box.bottom > part.bottom - down)
    }

    private static func isSame(_ a: NormalizedBox, _ b: NormalizedBox) -> Bool {
        let smaller = min(a.area, b.area)
        return a.intersectionOverUnion(with: b) > overlap
            || (smaller > 0 && a.intersection(with: b).area >= containment * smaller)
    }
}

/// Which parts of a large picture are looked at closely, beside the whole: small faces have too few pixels in that.
package enum PictureParts {
    /// Neighbours share this much of their sides, so that no face as large as that is cut in both.
    private static let shared = 0.2
    /// The whole picture shows a face well that is larger than this share of a part's side.
    private static let mostShare = 1.0 / 3

    /// Whether a look at a part may tell of a face. What looks like a large one in a part alone is a piece of a larger face,
    /// such as an ear and the cheek.
    /// - Parameter face: in ratios of the whole picture.
    package static func mayTell(of face: NormalizedBox, in part: NormalizedBox) -> Bool {
        part == .full || max(face.width / part.width, face.height / part.height) <= mostShare
    }

    /// - Parameters:
    ///   - shown: pixels of the network's input for each pixel of the picture, along one side.
    ///   - leastShown: what is shown as large as this is looked at once.
    /// - Returns: two by two parts that cover the picture; none where the picture is shown large enough.
    package static func parts(shown: Double, leastShown: Double = 0.7) -> [NormalizedBox] {
        guard shown < leastShown else { return [] }
        let side = (1 + shared) / 2
        let places = [0, 1 - side]
        return places.flatMap { top in
            places.compactMap { NormalizedBox(left: $0, top: top, width: side, height: side) }
        }
    }
}
