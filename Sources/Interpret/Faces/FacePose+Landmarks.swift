package import Base
import Glibc

/// How a head is turned, by its five points.
///
/// The points are those of a rigid head seen from afar (scaled orthographic projection). The 2 × 3 matrix that brings the
/// head's points nearest to the picture's is a linear least-squares problem; its rows are the first two rows of the
/// rotation, each times the scale (the first step of POSIT: DeMenthon and Davis, "Model-based object pose in 25 lines of
/// code", 1995). The head's points are those of MediaPipe's canonical face model (Apache 2.0).
///
/// The signs are those of AWS's published answers: yaw is above 0 when the nose points to the right of the picture, pitch
/// when it points up, roll when the head is tilted clockwise.
///
/// Limits: faces differ, and so do two answers by some degrees, pitch most. Beyond about 60 degrees of yaw a detector
/// guesses where the hidden eye is, and the answer says no more than "far turned". Faces near the lens look turned.
extension FacePose {
    /// Nil unless these are five points that do not lie on one line.
    /// - Parameter picture: of whose ratios the landmarks are.
    package init?(_ landmarks: Landmarks, in picture: PixelSize) {
        let points = landmarks.points.map {
            SIMD2($0.x * Double(picture.width), $0.y * Double(picture.height))
        }
        guard points.count == Self.head.count else { return nil }
        let middle = points.reduce(.zero, +) / Double(points.count)
        var (first, second) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
        for (weights, point) in zip(Self.weights, points) {
            first += weights * (point.x - middle.x)
            second += weights * (point.y - middle.y)
        }
        guard let x = first.direction, let y = second.direction else { return nil }
        let z = SIMD3(x.y * y.z - x.z * y.y, x.z * y.x - x.x * y.z, x.x * y.y - x.y * y.x)
        guard z.direction != nil else { return nil }
        // Where the nose points, seen with the head held upright.
        let roll = atan2(y.x, x.x)
        let across = cos(roll) * x.z + sin(roll) * y.z, down = cos(roll) * y.z - sin(roll) * x.z
        self.init(
            yaw: degrees(atan2(across, z.z)), pitch: degrees(asin(max(-1, min(1, -down)))), roll: degrees(roll))
    }

    /// Left and right eye, nose, left and right corner of the mouth as the picture shows them: right, down and towards the
    /// camera, in centimetres, from their mean.
    private static let head: [SIMD3<Double>] = {
        let points: [SIMD3<Double>] = [
            SIMD3(-3.15, -2.62, 3.80), SIMD3(3.15, -2.62, 3.80), SIMD3(0, 0.80, 7.55), SIMD3(-2.46, 4.34, 4.28),
            SIMD3(2.46, 4.34, 4.28),
        ]
        let middle = points.reduce(.zero, +) / 5
        return points.map { $0 - middle }
    }()

    /// The rows of the pseudoinverse of `head`: a coordinate of the picture's points times these is a row of the rotation
    /// times the scale.
    private static let weights: [SIMD3<Double>] = {
        // Left and right are alike, so that the first axis has nothing to do with the others.
        var (xx, yy, yz, zz) = (0.0, 0.0, 0.0, 0.0)
        for point in head {
            xx += point.x * point.x
            yy += point.y * point.y
            yz += point.y * point.z
            zz += point.z * point.z
        }
        let determinant = yy * zz - yz * yz
        return head.map { point in
            SIMD3(
                point.x / xx, (zz * point.y - yz * point.z) / determinant, (yy * point.z - yz * point.y) / determinant)
        }
    }()
}

extension SIMD3<Double> {
    /// Of length 1; nil without a length.
    fileprivate var direction: SIMD3<Double>? {
        let length = (self * self).sum().squareRoot()
        return length > 1e-9 && length.isFinite ? self / length : nil
    }
}

private func degrees(_ radians: Double) -> Double { radians * 180 / .pi }
