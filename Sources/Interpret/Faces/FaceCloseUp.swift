package import Base

/// A second look at a face that a first one has found, upright, always as large, and with black around where the picture ends.
///
/// A detector places the five points best in a face of about a hundred pixels that stands upright and has something around it.
/// The first look shows faces as large as they happen to be. In one that fills the picture the points are off, of profiles so
/// much that a person's front and profile are less alike.
package struct FaceCloseUp: Sendable {
    /// Of the crop that is looked at, in pixels.
    package static let side = 192
    /// Of the face in it, the mean of its box's sides, in pixels.
    private static let shown = 96.0
    /// Of a picture in which no face was found, its longer side in pixels: a face that fills it is as large as others then.
    private static let shownPicture = 136.0
    /// A face whose middle is further from the crop's, in sides of the face, is another one.
    private static let nearness = 0.5

    /// A face whose sides are longer in the first look, in pixels of the network's input, needs a second one.
    private static let mostShown = 128.0

    /// From pixels of the crop to pixels of the picture.
    package let toPicture: SimilarityTransform
    private let picture: PixelSize

    /// Around a face, turned such that its mouth lies below its eyes.
    /// - Parameters:
    ///   - face: with five points, in ratios of the picture.
    ///   - picture: its size.
    ///   - zoom: pixels of the network's input for each pixel of the picture, along one side, in the first look.
    /// - Returns: nil for a face that the first look has shown small enough, and for other points than five.
    package init?(of face: Detection, in picture: PixelSize, zoom: Double) {
        let (box, points) = (face.box, face.landmarks.points)
        let (across, down) = (Double(picture.width), Double(picture.height))
        let size = (box.area * across * down).squareRoot()
        guard points.count == FaceTemplate.count, size * zoom > Self.mostShown else { return nil }
        let (x, y) = (
            (points[3].x + points[4].x - points[0].x - points[1].x) * across,
            (points[3].y + points[4].y - points[0].y - points[1].y) * down
        )
        let length = (x * x + y * y).squareRoot()
        self.init(
            around: Point(x: box.center.x * across, y: box.center.y * down),
            upright: length > 1e-9 ? Point(x: x / length, y: y / length) : Point(x: 0, y: 1),
            scale: size / Self.shown, in: picture)
    }

    /// Of a whole picture in which no face was found.
    package init?(ofWhole picture: PixelSize) {
        let (across, down) = (Double(picture.width), Double(picture.height))
        self.init(
            around: Point(x: across / 2, y: down / 2), upright: Point(x: 0, y: 1),
            scale: max(across, down) / Self.shownPicture, in: picture)
    }

    /// - Parameters:
    ///   - middle: of the crop, in pixels of the picture.
    ///   - down: the direction from eyes to mouth, of length 1.
    ///   - scale: pixels of the picture for each pixel of the crop.
    private init?(around middle: Point, upright down: Point, scale: Double, in picture: PixelSize) {
        let center = Double(Self.side - 1) / 2
        guard
            let transform = SimilarityTransform(
                from: [Point(x: center, y: center), Point(x: center, y: center + 1)],
                to: [middle, Point(x: middle.x + down.x * scale, y: middle.y + down.y * scale)])
        else { return nil }
        (toPicture, self.picture) = (transform, picture)
    }

    /// The points of the face that was looked for, in ratios of the picture.
    /// - Parameter seen: in ratios of the crop.
    /// - Returns: nil when the crop shows it no more.
    package func landmarks(in seen: [Detection]) -> Landmarks? {
        let face = seen.filter { face in
            let (x, y) = (face.box.center.x - 0.5, face.box.center.y - 0.5)
            let reach = Self.nearness * Self.shown / Double(Self.side)
            return face.landmarks.points.count == FaceTemplate.count && x * x + y * y < reach * reach
        }.max { $0.confidence < $1.confidence }
        return face.flatMap { Landmarks($0.landmarks.points.map(placed)) }
    }

    /// Faces of an upright crop as those of the picture. What the picture does not hold is cut off.
    /// - Parameter seen: in ratios of the crop.
    package func placed(_ seen: [Detection]) -> [Detection] {
        seen.compactMap { face in
            let corner = placed(Point(x: face.box.left, y: face.box.top))
            let opposite = placed(Point(x: face.box.right, y: face.box.bottom))
            guard
                let box = NormalizedBox(
                    left: corner.x, top: corner.y, width: opposite.x - corner.x, height: opposite.y - corner.y)?
                    .clippedToFrame, box.area > 0, let landmarks = Landmarks(face.landmarks.points.map(placed))
            else { return nil }
            var face = face
            (face.box, face.landmarks) = (box, landmarks)
            return face
        }
    }

    private func placed(_ point: Point) -> Point {
        let side = Double(Self.side)
        let pixel = toPicture.apply(to: Point(x: point.x * side, y: point.y * side))
        return Point(x: pixel.x / Double(picture.width), y: pixel.y / Double(picture.height))
    }
}
