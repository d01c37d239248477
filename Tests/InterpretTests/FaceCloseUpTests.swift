import Base
import Interpret
import Testing

@Suite("Large faces are looked at a second time, upright and smaller, so that their points lie where they are")
struct FaceCloseUpTests {
    private let picture = PixelSize(width: 640, height: 480)

    /// - Parameters:
    ///   - x, y, side: of the box, in pixels of the picture.
    ///   - down: from the eyes to the mouth.
    private func face(x: Double, y: Double, side: Double, down: Point = Point(x: 0, y: 1)) throws -> Detection {
        let turned = FaceTemplate.usual.points.map { point in
            let (right, below) = (point.x - 0.5, point.y - 0.5)
            return Point(
                x: (x + side * (0.5 + right * down.y + below * down.x)) / 640,
                y: (y + side * (0.5 - right * down.x + below * down.y)) / 480)
        }
        return try seen(
            x / 640, y / 480, side / 640, side / 480, 0.9, points: turned)
    }

    private func seen(
        _ left: Double, _ top: Double, _ width: Double, _ height: Double, _ confidence: Float, points: [Point]? = nil
    ) throws -> Detection {
        let box = try #require(NormalizedBox(left: left, top: top, width: width, height: height))
        let usual = try #require(Landmarks(FaceTemplate.usual.points)).placed(in: box)
        return Detection(
            label: .person, className: "face", confidence: Confidence(clamping: confidence), box: box,
            landmarks: try points.map { try #require(Landmarks($0)) } ?? usual)
    }

    @Test("a face that the network was shown as small as it likes it is not looked at again: that costs time")
    func small() throws {
        let picture = try #require(picture), face = try face(x: 100, y: 100, side: 200)
        #expect(FaceCloseUp(of: face, in: picture, zoom: 0.5) == nil)
        #expect(FaceCloseUp(of: face, in: picture, zoom: 0.8) != nil)
        var pointless = face
        pointless.landmarks = .none
        #expect(FaceCloseUp(of: pointless, in: picture, zoom: 0.8) == nil)
    }

    @Test(
        "the crop holds the face in its middle half, with the mouth below the eyes, however the head is tilted",
        arguments: [Point(x: 0, y: 1), Point(x: 0.6, y: 0.8), Point(x: -1, y: 0), Point(x: 0, y: -1)])
    func upright(down: Point) throws {
        let picture = try #require(picture), face = try face(x: 200, y: 140, side: 240, down: down)
        let closeUp = try #require(FaceCloseUp(of: face, in: picture, zoom: 1))
        let fromPicture = closeUp.toPicture.inverse
        let shown = face.landmarks.points.map { fromPicture.apply(to: Point(x: $0.x * 640, y: $0.y * 480)) }
        for (point, usual) in zip(shown, FaceTemplate.usual.points) {
            let side = Double(FaceCloseUp.side)
            #expect(
                abs(point.x - side * (0.25 + usual.x / 2)) < 1.5 && abs(point.y - side * (0.25 + usual.y / 2)) < 1.5)
        }
    }

    @Test("points that the second look gives are those of the picture, of a tilted face, too")
    func points() throws {
        let picture = try #require(picture)
        let face = try face(x: 200, y: 140, side: 240, down: Point(x: 0.6, y: 0.8))
        let closeUp = try #require(FaceCloseUp(of: face, in: picture, zoom: 1))
        let found = try #require(closeUp.landmarks(in: [try seen(0.25, 0.25, 0.5, 0.5, 0.8)]))
        for (point, truth) in zip(found.points, face.landmarks.points) {
            // A pixel of the crop is 2.5 of the picture.
            #expect(abs(point.x - truth.x) * 640 < 3 && abs(point.y - truth.y) * 480 < 3)
        }
    }

    @Test("somebody's face beside the one that was looked for does not lend it its points")
    func beside() throws {
        let picture = try #require(picture), face = try face(x: 200, y: 140, side: 240)
        let closeUp = try #require(FaceCloseUp(of: face, in: picture, zoom: 1))
        #expect(closeUp.landmarks(in: [try seen(0.6, 0, 0.4, 0.5, 0.99)]) == nil)
        #expect(closeUp.landmarks(in: []) == nil)
    }

    @Test("of a picture that shows nothing but a face the face is found where it is, as far as the picture goes")
    func whole() throws {
        let picture = try #require(PixelSize(width: 200, height: 200))
        let closeUp = try #require(FaceCloseUp(ofWhole: picture))
        let share = 136.0 / Double(FaceCloseUp.side), edge = (1 - share) / 2
        let faces = closeUp.placed([try seen(edge + 0.1 * share, edge - 0.1, 0.8 * share, 0.5, 0.8)])
        let box = try #require(faces.first?.box)
        #expect(abs(box.left - 0.1) < 0.01 && abs(box.width - 0.8) < 0.01 && box.top == 0 && box.bottom < 0.8)
    }

    @Test("a crop lies at the top left of an input that is larger, and its mirror image has left for right")
    func input() throws {
        let crop = try #require(FaceCrop(side: 2, samples: (1...12).map(Float.init), pixelsPerPixel: 1))
        #expect(crop.mirrored?.samples == [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11])
        let spec = InputSpec(
            size: try #require(PixelSize(width: 3, height: 3)), colorOrder: .bgr, scale: SIMD3(repeating: 2),
            resize: .letterboxTopLeft, padValue: 7)
        let input = UnsafeMutableBufferPointer<Float>.allocate(capacity: 27)
        defer { unsafe input.deallocate() }
        unsafe crop.write(to: input, as: spec)
        #expect(unsafe Array(input[..<9]) == [18, 20, 14, 22, 24, 14, 14, 14, 14])
        #expect(unsafe Array(input[18...]) == [2, 4, 14, 6, 8, 14, 14, 14, 14])
    }
}
