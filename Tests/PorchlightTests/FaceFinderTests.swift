import Base
import Porchlight
import Testing

/// Finds what it is told to find, and writes down what it was shown.
private final class ScriptedDetector: ObjectDetecting {
    var whole: [Detection] = []
    var closeUp: [Detection] = []
    var shown: [String] = []

    func detections(in frame: Frame, of camera: CameraName?) -> [Detection] {
        shown.append("picture")
        return whole
    }

    func detections(in frame: Frame, within part: NormalizedBox) -> [Detection] {
        shown.append("part")
        return whole
    }

    func detections(in crop: FaceCrop) -> [Detection] {
        shown.append("close-up")
        return closeUp
    }

    func inputShape(for picture: PixelSize) -> PixelSize { picture }
}

/// Says how bright the left and the right half of a crop are.
private final class HalvesEmbedder: FaceEmbedding {
    let model: FaceModel
    let template = FaceTemplate.usual
    let side = 16

    init() throws {
        let curve = try #require(SimilarityCurve(slope: 30, middle: 0.4))
        model = FaceModel(identity: "halves 1", dimension: 2, similarity: curve)
    }

    func vector(of crop: FaceCrop) -> FaceVector? {
        let halves = [0..<8, 8..<16].map { columns in
            (0..<16).reduce(Float(0)) { sum, row in columns.reduce(sum) { $0 + crop.samples[row * 16 + $1] } }
        }
        return FaceVector(halves)
    }
}

/// Keeps what it is shown.
private final class CountingEmbedder: FaceEmbedding {
    let model: FaceModel
    let template = FaceTemplate.usual
    let side = 16
    var crops: [[Float]] = []

    init() throws {
        let curve = try #require(SimilarityCurve(slope: 30, middle: 0.4))
        model = FaceModel(identity: "counting 1", dimension: 2, similarity: curve)
    }

    func vector(of crop: FaceCrop) -> FaceVector? {
        crops.append(crop.samples)
        return FaceVector([1, 2])
    }
}

@Suite("Faces of pictures and frames")
struct FaceFinderTests {
    private let bounds = FaceFinder.Bounds(leastConfidence: .half, mostVectors: 4)

    /// 400x400, brighter to the right, and a little downwards.
    private func frame() throws -> Frame {
        let size = try #require(PixelSize(width: 400, height: 400))
        let frame = unsafe FramePool(capacity: 1).frame(
            .gray8, size, isFullRange: true, capturedAt: .now(), sequence: 1
        ) { _, bytes, plane in
            for index in 0..<bytes.count {
                unsafe bytes[index] = UInt8(min(255, index % plane.stride / 2 + index / plane.stride / 8))
            }
        }
        return try #require(frame)
    }

    private func face(_ left: Double, _ side: Double, _ points: [Point] = FaceTemplate.usual.points) throws
        -> Detection
    {
        let box = try #require(NormalizedBox(left: left, top: left, width: side, height: side))
        return Detection(
            label: .person, className: "face", confidence: Confidence(clamping: 0.9), box: box,
            landmarks: try #require(Landmarks(points)).placed(in: box))
    }

    @Test("a face that fills the picture has the points of a second look, not those that were off in the first")
    func large() throws {
        let detector = ScriptedDetector()
        detector.whole = [try face(0.1, 0.8, FaceTemplate.usual.points.map { Point(x: $0.x, y: $0.y * 0.8) })]
        detector.closeUp = [try face(0.25, 0.5)]
        let found = try #require(
            FaceFinder(detector, nil).faces(inPicture: try frame(), within: bounds).first)
        #expect(detector.shown == ["picture", "close-up"])
        #expect(abs((found.landmarks.points.last?.y ?? 0) - (0.1 + 0.8 * 0.8247)) < 0.02)
        detector.closeUp = []
        let kept = try #require(FaceFinder(detector, nil).faces(inPicture: try frame(), within: bounds).first)
        #expect(abs((kept.landmarks.points.last?.y ?? 0) - (0.1 + 0.8 * 0.8 * 0.8247)) < 0.02)
    }

    @Test("a small face of a picture and every face of a camera cost no second look")
    func once() throws {
        let detector = ScriptedDetector()
        detector.whole = [try face(0.3, 0.2)]
        #expect(FaceFinder(detector, nil).faces(inPicture: try frame(), within: bounds).count == 1)
        detector.whole = [try face(0.1, 0.8)]
        #expect(FaceFinder(detector, nil).faces(in: try frame(), [.full], within: bounds).count == 1)
        #expect(detector.shown == ["picture", "picture"])
    }

    @Test("a picture that shows nothing but a face, too large for the network, is shown once more, smaller")
    func filling() throws {
        let detector = ScriptedDetector()
        detector.closeUp = [try face(0.25, 0.5)]
        #expect(FaceFinder(detector, nil).faces(inPicture: try frame(), within: bounds).count == 1)
        #expect(detector.shown == ["picture", "close-up"])
        detector.shown = []
        #expect(FaceFinder(detector, nil).faces(in: try frame(), [.full], within: bounds).isEmpty)
        #expect(detector.shown == ["picture"], "a camera has another picture soon")
    }

    @Test("the vector of a picture's face is the mean of four views, a camera's is of one look")
    func views() throws {
        let detector = ScriptedDetector()
        detector.whole = [try face(0.3, 0.2)]
        let halves = FaceFinder(detector, try HalvesEmbedder())
        let picture = try #require(halves.faces(inPicture: try frame(), within: bounds).first?.vector)
        #expect(abs(picture.values[0] - picture.values[1]) < 1e-4, "mirror images are among them")
        let look = try #require(halves.faces(in: try frame(), [.full], within: bounds).first?.vector)
        #expect(look.values[1] > look.values[0] + 0.05)

        let counting = try CountingEmbedder()
        _ = FaceFinder(detector, counting).faces(inPicture: try frame(), within: bounds)
        #expect(
            counting.crops.count == 4 && Set(counting.crops).count == 4,
            "a little higher, a little lower, each mirrored")
    }
}
