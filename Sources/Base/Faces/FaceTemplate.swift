/// Where the five points of a face lie in an upright crop of it.
package struct FaceTemplate: Sendable, Hashable {
    /// Left eye, right eye, nose, left and right corner of the mouth, in ratios of the crop's side.
    package let points: [Point]

    package static let count = 5

    /// Nil unless these are five points inside the crop, and not all in one place.
    package init?(_ points: [Point]) {
        guard points.count == Self.count, points.allSatisfy({ (0...1).contains($0.x) && (0...1).contains($0.y) }),
            Set(points).count > 1
        else { return nil }
        self.points = points
    }

    private init(valid points: [Point]) { self.points = points }

    /// A usual crop: from above the brows to below the mouth.
    package static let usual = FaceTemplate(valid: [
        Point(x: 0.3156, y: 0.4616), Point(x: 0.6826, y: 0.4616), Point(x: 0.5003, y: 0.6405),
        Point(x: 0.3495, y: 0.8247), Point(x: 0.6534, y: 0.8247),
    ])

    /// The crop in which the face lies lower by a share of its side, or higher where that is negative.
    package func lowered(by share: Double) -> FaceTemplate {
        FaceTemplate(valid: points.map { Point(x: $0.x, y: $0.y + share) })
    }

    /// From pixels of a crop to pixels of the picture: the inverse of the one that brings the landmarks nearest to the template.
    ///
    /// The distances count in the crop, as where networks for faces are trained (ArcFace's and OpenCV's alignment). Counted
    /// in the picture they give the same for a face from the front, whose points fit the template, and another, larger part
    /// of the picture for a profile.
    /// - Parameters:
    ///   - landmarks: of the face, in ratios of the picture.
    ///   - side: of the crop in pixels.
    /// - Returns: nil for landmarks that are not five, or all lie in one place.
    package func transform(
        to landmarks: Landmarks, in picture: PixelSize, side: Int
    ) -> SimilarityTransform? {
        let pixels = landmarks.points.map {
            Point(x: $0.x * Double(picture.width), y: $0.y * Double(picture.height))
        }
        return SimilarityTransform(
            from: pixels, to: points.map { Point(x: $0.x * Double(side), y: $0.y * Double(side)) })?.inverse
    }
}

/// A face cut out of a picture, upright and of one size, in colours.
package struct FaceCrop: Sendable, Equatable {
    /// Pixels across and down.
    package let side: Int
    /// Planes of red, green and blue, row by row, 0...255; what lies outside of the picture is black.
    package let samples: [Float]
    /// Pixels of the picture for each pixel of the crop, along one side.
    package let pixelsPerPixel: Double

    /// Nil unless there are three planes of that side.
    package init?(side: Int, samples: [Float], pixelsPerPixel: Double) {
        guard side > 0, samples.count == 3 * side * side, pixelsPerPixel > 0 else { return nil }
        (self.side, self.samples, self.pixelsPerPixel) = (side, samples, pixelsPerPixel)
    }
}
