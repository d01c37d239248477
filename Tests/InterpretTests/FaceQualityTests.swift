import Base
import Interpret
import TestSupport
import Testing

@Suite("How good the picture of a face is")
struct FaceQualityTests {
    private let side = FaceQuality.side

    /// Levels of red, green and blue of each pixel.
    private func crop(_ level: (Int, Int) -> SIMD3<Float>) throws -> FaceCrop {
        var samples = [Float](repeating: 0, count: 3 * side * side)
        for pixel in 0..<side * side {
            let color = level(pixel % side, pixel / side)
            for plane in 0..<3 { samples[plane * side * side + pixel] = color[plane] }
        }
        return try #require(FaceCrop(side: side, samples: samples, pixelsPerPixel: 1))
    }

    private func grey(_ level: (Int, Int) -> Float) throws -> FaceCrop { try crop { SIMD3(repeating: level($0, $1)) } }

    /// Patches of random levels, each a square of `size` pixels.
    private func patches(of size: Int, contrast: Float = 100) throws -> FaceCrop {
        var random = SplitMix(seed: 5)
        let levels = (0..<side * side).map { _ in Float(random.next() % 256) / 255 }
        return try grey { x, y in 60 + contrast * levels[y / size * side + x / size] }
    }

    /// The mean of each pixel's neighbours.
    private func blurred(_ crop: FaceCrop, across: Int, down: Int) throws -> FaceCrop {
        try grey { x, y in
            var (sum, count) = (Float(0), Float(0))
            for row in max(0, y - down)...min(side - 1, y + down) {
                for column in max(0, x - across)...min(side - 1, x + across) {
                    sum += crop.samples[row * side + column]
                    count += 1
                }
            }
            return sum / count
        }
    }

    @Test("Black has the brightness 0, white 100, and a crop without detail no sharpness")
    func brightness() throws {
        #expect(
            FaceQuality(measuring: try grey { _, _ in 0 }) == FaceQuality(brightness: 0, sharpness: 0, isColor: false))
        #expect(FaceQuality(measuring: try grey { _, _ in 255 }).brightness == 100)
        #expect(abs(FaceQuality(measuring: try grey { _, _ in 102 }).brightness - 40) < 0.1)
    }

    @Test("A blurred face is less sharp than before, one blurred by a motion too, whatever the contrast")
    func sharpness() throws {
        for contrast: Float in [30, 150] {
            let sharp = try patches(of: 4, contrast: contrast)
            let score = FaceQuality(measuring: sharp).sharpness
            for (across, down) in [(2, 2), (4, 0), (0, 4)] {
                let worse = FaceQuality(measuring: try blurred(sharp, across: across, down: down)).sharpness
                #expect(worse < score - 20, "\(across) \(down): \(worse) of \(score)")
            }
        }
    }

    @Test("Infra-red is told from colours, and a tint of a lamp from grey")
    func colours() throws {
        #expect(!FaceQuality(measuring: try grey { x, _ in Float(x) }).isColor)
        #expect(FaceQuality(measuring: try crop { _, _ in SIMD3(150, 120, 100) }).isColor)
        #expect(!FaceQuality(measuring: try crop { _, _ in SIMD3(102, 100, 99) }).isColor)
    }
}
