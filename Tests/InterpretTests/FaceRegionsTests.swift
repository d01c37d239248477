import Base
import Interpret
import Testing

@Suite("Where faces are looked for in a camera's picture")
struct FaceRegionsTests {
    private func person(
        _ left: Double, _ top: Double, _ width: Double, _ height: Double, label: Label = .person,
        confidence: Float = 0.8
    ) throws -> Detection {
        Detection(
            label: label, className: "x", confidence: Confidence(clamping: confidence),
            box: try #require(NormalizedBox(left: left, top: top, width: width, height: height)))
    }

    private func parts(_ found: [Detection], hasMoved: Bool = true) throws -> [NormalizedBox] {
        FaceRegions.parts(of: found, hasMoved: hasMoved, in: try #require(PixelSize(width: 1280, height: 720)))
    }

    @Test("of one who stands the upper part is looked at, as a square, with the hair in it")
    func standing() throws {
        let part = try #require(try parts([try person(0.4, 0.3, 0.1, 0.6)]).first)
        #expect(part.top < 0.3 && part.left < 0.4 && part.right > 0.5 && part.bottom < 0.7)
        #expect(abs(part.width * 1280 - part.height * 720) < 1)
    }

    @Test("of one who sits or crawls everything is looked at: the head may be anywhere")
    func crawling() throws {
        let part = try #require(try parts([try person(0.4, 0.5, 0.2, 0.3)]).first)
        #expect(part.left <= 0.4 && part.right >= 0.6 && part.top <= 0.5 && part.bottom >= 0.8)
    }

    @Test("a region at the picture's edge is moved inside, one larger than the picture is the whole picture")
    func edges() throws {
        let part = try #require(try parts([try person(0, 0, 0.1, 0.6)]).first)
        #expect(part.left == 0 && part.top == 0 && abs(part.width * 1280 - part.height * 720) < 1)
        #expect(try parts([try person(0.1, 0, 0.8, 1), try person(0, 0, 0.1, 0.6)]) == [.full])
    }

    @Test("nobody: the whole picture where something moved, nothing where all is still; dogs have no names")
    func nobody() throws {
        let others = [try person(0.4, 0.3, 0.1, 0.6, label: .pet), try person(0.4, 0.3, 0.1, 0.6, confidence: 0.2)]
        #expect(try parts(others) == [.full])
        #expect(try parts(others, hasMoved: false).isEmpty)
    }

    @Test("a crowd is bounded, and two who stand as one are looked at once")
    func crowd() throws {
        let crowd = try (0..<9).map { try person(0.1 * Double($0), 0.2, 0.05, 0.3 + 0.01 * Double($0)) }
        #expect(try parts(crowd).count == FaceRegions.most)
        #expect(try parts([try person(0.4, 0.3, 0.1, 0.6), try person(0.41, 0.31, 0.1, 0.58)]).count == 1)
    }
}
