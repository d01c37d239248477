import Base
import TestSupport
import Testing

@Suite("Inputs of the picture's own shape")
struct PixelBudgetTests {
    private func size(_ width: Int, _ height: Int) throws -> PixelSize {
        try #require(PixelSize(width: width, height: height))
    }

    @Test(
        "every usual camera gets the input that its picture fills best",
        arguments: [
            (1280, 720, "480x256"), (1920, 1080, "480x256"), (720, 1280, "256x480"), (640, 480, "384x288"),
            (480, 640, "288x384"), (800, 600, "384x288"), (1000, 1000, "352x352"), (352, 352, "352x352"),
            (16, 16, "352x352"), (160, 90, "480x256"),
        ])
    func cameras(width: Int, height: Int, expected: String) throws {
        let budget = try #require(PixelBudget(pixels: 352 * 352, multipleOf: 32))
        #expect(budget.inputShape(for: try size(width, height)).description == expected)
    }

    /// All shapes one by one, with scales as floating-point numbers.
    private func slowly(_ budget: PixelBudget, _ picture: PixelSize) -> (scale: Double, pixels: Int) {
        var best = (scale: 0.0, pixels: 0)
        let multiple = budget.multipleOf
        for width in stride(from: multiple, through: budget.pixels / multiple, by: multiple) {
            for height in stride(from: multiple, through: budget.pixels / width, by: multiple) {
                let scale = min(Double(width) / Double(picture.width), Double(height) / Double(picture.height))
                let isSame = abs(scale - best.scale) <= 1e-12 * scale
                if isSame ? width * height < best.pixels : scale > best.scale { best = (scale, width * height) }
            }
        }
        return best
    }

    @Test("no other shape within the budget shows the picture larger, or as large with fewer pixels", arguments: 0..<60)
    func largest(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let multiple = [8, 16, 32, 64, 128].randomElement(using: &random) ?? 32
        let budget = try #require(
            PixelBudget(
                pixels: Int.random(in: max(1024, multiple * multiple)...200_000, using: &random), multipleOf: multiple))
        let picture = try size(Int.random(in: 1...4000, using: &random), Int.random(in: 1...4000, using: &random))
        let shape = budget.inputShape(for: picture)
        #expect(shape.width % multiple == 0 && shape.height % multiple == 0)
        #expect(shape.width * shape.height <= budget.pixels)
        let best = slowly(budget, picture)
        let scale = min(
            Double(shape.width) / Double(picture.width), Double(shape.height) / Double(picture.height))
        #expect(abs(scale - best.scale) <= 1e-9 * best.scale, "\(picture) -> \(shape)")
        #expect(shape.width * shape.height == best.pixels, "\(picture) -> \(shape)")
        // A camera that is turned gets the turned input.
        let turned = budget.inputShape(for: try size(picture.height, picture.width))
        #expect(turned.width == shape.height && turned.height == shape.width)
    }

    @Test("the longest strip that a picture may be gets an input that exists")
    func strips() throws {
        let budget = try #require(PixelBudget(pixels: 2048 * 2048, multipleOf: 8))
        for picture in [try size(16384, 1), try size(1, 16384)] {
            let shape = budget.inputShape(for: picture)
            #expect(shape.width % 8 == 0 && shape.height % 8 == 0 && shape.width * shape.height <= budget.pixels)
        }
    }

    @Test(
        "a budget that holds no input is none", arguments: [(0, 32), (1023, 8), (1 << 23, 32), (65535, 256), (4096, 7)])
    func refused(pixels: Int, multipleOf: Int) {
        #expect(PixelBudget(pixels: pixels, multipleOf: multipleOf) == nil)
    }
}
