import Base
import Decode
import Testing

@Suite("A piece of a frame")
struct CutoutTests {
    private func box(_ left: Double, _ top: Double, _ width: Double, _ height: Double) throws -> NormalizedBox {
        try #require(NormalizedBox(left: left, top: top, width: width, height: height))
    }

    @Test("it shows the object with what is around it, and says where it is")
    func inside() throws {
        let frame = Pictures.gradient(640, 480)
        let encoder = try JPEGEncoder()
        let cutout = try #require(try encoder.cutout(of: frame, around: box(0.5, 0.5, 0.125, 0.25)))
        #expect(cutout.size == Pictures.size(160, 240))
        #expect(abs(cutout.box.left - 0.25) < 0.01 && abs(cutout.box.width - 0.5) < 0.01)
        #expect(abs(cutout.box.top - 0.25) < 0.01 && abs(cutout.box.height - 0.5) < 0.01)
        let decoded = try #require(
            Pictures.frame(
                Pictures.decode(
                    cutout.jpeg, .mjpg, cutout.size,
                    with: try TestCamera())))
        #expect(decoded.size == cutout.size, "the picture is as large as it says")
    }

    @Test("at the edge it is cut off there, and a large one is made smaller")
    func edges() throws {
        let frame = Pictures.gradient(640, 480)
        let encoder = try JPEGEncoder()
        let corner = try #require(try encoder.cutout(of: frame, around: box(0, 0, 0.25, 0.25)))
        #expect(corner.size == Pictures.size(240, 180))
        #expect(corner.box.left == 0 && abs(corner.box.width - 2 / 3.0) < 0.01)
        let all = try #require(try encoder.cutout(of: frame, around: .full, mostSide: 320))
        #expect(all.size == Pictures.size(320, 240) && all.box == .full)
        #expect(try encoder.cutout(of: frame, around: box(1.5, 0, 0.2, 0.2)) == nil)
    }
}
