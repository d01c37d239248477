import Base
import Interpret
import Testing

@Suite("Several looks at one picture give each face once")
struct FaceMergeTests {
    private func face(_ left: Double, _ top: Double, _ side: Double, _ confidence: Float = 0.9) throws -> Detection {
        let box = try #require(NormalizedBox(left: left, top: top, width: side, height: side))
        let points = try #require(Landmarks(FaceTemplate.usual.points)).placed(in: box)
        return Detection(
            label: .person, className: "face", confidence: Confidence(clamping: confidence), box: box, landmarks: points
        )
    }

    private let quarter = NormalizedBox(left: 0, top: 0, width: 0.6, height: 0.6)

    @Test("A face that the whole picture and a part of it show is one, by the surer box")
    func twice() throws {
        var merge = FaceMerge()
        merge.add([try face(0.2, 0.2, 0.1, 0.7)])
        merge.add([try face(0.205, 0.2, 0.1, 0.9)], of: try #require(quarter))
        #expect(merge.faces.map(\.confidence.value) == [0.9])
    }

    @Test("A face that the edge of a part cuts is not told, one that the picture's own edge cuts is")
    func cut() throws {
        var merge = FaceMerge()
        merge.add([try face(0.5, 0.2, 0.1), try face(0, 0.1, 0.1)], of: try #require(quarter))
        #expect(merge.faces.map(\.box.left) == [0])
    }

    @Test("Half a face found inside of a whole one is no second person")
    func inside() throws {
        var merge = FaceMerge()
        merge.add([try face(0.2, 0.2, 0.3, 0.8), try face(0.25, 0.3, 0.1, 0.6)])
        #expect(merge.faces.count == 1)
    }

    @Test("Neighbours in a crowd stay two, the largest first, and of more than a hundred the smallest go")
    func crowd() throws {
        var merge = FaceMerge()
        merge.add([try face(0.2, 0.2, 0.1), try face(0.28, 0.2, 0.12)])
        #expect(merge.faces.map(\.box.width) == [0.12, 0.1])
        var crowd = FaceMerge()
        crowd.add(try (0..<150).map { try face(Double($0 % 15) / 15, Double($0 / 15) / 10, 0.02 + 1e-5 * Double($0)) })
        #expect(
            crowd.faces.count == Face.mostInPicture && crowd.faces.allSatisfy { $0.box.width >= 0.02 + 50e-5 - 1e-9 })
    }

    @Test("A box without five points is no face")
    func pointless() throws {
        var merge = FaceMerge(), box = try face(0.2, 0.2, 0.1)
        box.landmarks = .none
        merge.add([box])
        #expect(merge.faces.isEmpty)
    }

    @Test("A picture that the network sees nearly as it is is looked at once, a large one in four parts that cover it")
    func parts() throws {
        #expect(PictureParts.parts(shown: 0.8).isEmpty && PictureParts.parts(shown: 2).isEmpty)
        let parts = PictureParts.parts(shown: 0.3)
        #expect(parts.count == 4 && parts.allSatisfy { $0.left >= 0 && $0.right <= 1 + 1e-9 && $0.bottom <= 1 + 1e-9 })
        for x in stride(from: 0.0, to: 1, by: 0.05) {
            for y in stride(from: 0.0, to: 1, by: 0.05) {
                #expect(parts.contains { $0.left <= x && x <= $0.right && $0.top <= y && y <= $0.bottom })
            }
        }
    }

    @Test(
        "A large face that only a part shows is a piece of a portrait, and nobody; a small one may be seen there alone")
    func pieces() throws {
        let part = try #require(quarter)
        let (small, large) = (try face(0.2, 0.2, 0.15), try face(0.2, 0.2, 0.28))
        #expect(PictureParts.mayTell(of: small.box, in: part) && !PictureParts.mayTell(of: large.box, in: part))
        #expect(PictureParts.mayTell(of: large.box, in: .full))
    }
}
