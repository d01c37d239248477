import Base
import Glibc
import Interpret
import Testing

@Suite("How a head is turned")
struct FacePoseTests {
    private func pose(_ landmarks: Landmarks, width: Int = 1000, height: Int = 1000) throws -> FacePose? {
        FacePose(landmarks, in: try #require(PixelSize(width: width, height: height)))
    }

    private func landmarks(_ points: [(Double, Double)]) throws -> Landmarks {
        try #require(Landmarks(points.map { Point(x: $0.0, y: $0.1) }))
    }

    @Test("A face that looks into the camera is not turned")
    func frontal() throws {
        let straight = try #require(Landmarks(FaceTemplate.usual.points))
        let pose = try #require(try pose(straight))
        #expect(abs(pose.yaw) < 2 && abs(pose.pitch) < 2 && abs(pose.roll) < 2)
    }

    @Test("Signs and sizes are those of AWS: a face of its own guide comes out within some degrees")
    func asAWS() throws {
        // Published with yaw 20.3, pitch -1.0, roll -8.8, of a film of 16:9.
        let points = try landmarks([
            (0.06858, 0.30842), (0.10397, 0.30063), (0.09669, 0.34082), (0.07522, 0.38114), (0.10744, 0.37407),
        ])
        let pose = try #require(try pose(points, width: 1600, height: 900))
        #expect(abs(pose.yaw - 20.3) < 5 && abs(pose.pitch + 1.0) < 5 && abs(pose.roll + 8.8) < 5)
    }

    @Test(
        "A head tilted by any angle is tilted by that angle, and no further turned by it",
        arguments: [-170.0, -90, -30, 15, 100])
    func tilted(roll: Double) throws {
        let angle = roll * .pi / 180
        let turned = FaceTemplate.usual.points.map { point -> (Double, Double) in
            let (x, y) = (point.x - 0.5, point.y - 0.5)
            return (0.5 + cos(angle) * x - sin(angle) * y, 0.5 + sin(angle) * x + cos(angle) * y)
        }
        let pose = try #require(try pose(try landmarks(turned)))
        #expect(abs(pose.roll - roll) < 2 && abs(pose.yaw) < 3 && abs(pose.pitch) < 3)
    }

    @Test("A nose that points up, seen from above the mouth, is a pitch above 0")
    func up() throws {
        let points = FaceTemplate.usual.points
        let nose = Point(x: points[2].x, y: points[2].y - 0.08)
        let raised = try #require(Landmarks([points[0], points[1], nose, points[3], points[4]]))
        let pose = try #require(try pose(raised))
        #expect(pose.pitch > 10)
    }

    @Test("Points on one line, in one place, or too few of them give no pose")
    func none() throws {
        #expect(try pose(try landmarks(Array(repeating: (0.5, 0.5), count: 5))) == nil)
        #expect(try pose(try landmarks((0..<5).map { (0.1 * Double($0), 0.5) })) == nil)
        #expect(try pose(.none) == nil)
    }
}
