import Base
import Gate
import TestSupport
import Testing

@Suite("Parts of frames")
struct FrameCropTests {
    private func samples(_ frame: Frame) -> [[UInt8]] {
        frame.format.components(of: frame.size).map { part in
            unsafe frame.withPlane(part.plane) { bytes, plane in
                (0..<part.rows).flatMap { row in
                    (0..<part.columns).map { unsafe bytes[row * plane.stride + part.offset + $0 * part.step] }
                }
            }
        }
    }

    @Test(
        "a part holds the samples that lie there, in every format, and says where it lies",
        arguments: PixelFormat.allCases)
    func parts(format: PixelFormat) throws {
        var random = SplitMix(seed: 5)
        for (width, height) in [(64, 48), (65, 47), (17, 9)] {
            // Of each sample its place: sharp enough to see one that moved.
            let frame = try #require(
                SyntheticFrame.make(format, width, height) {
                    UInt8(truncatingIfNeeded: $0 &* 97 &+ $1 &* 5 &+ $2 &* 31)
                })
            for _ in 0..<20 {
                let (x, y) = (
                    Double.random(in: -0.1...0.8, using: &random), Double.random(in: -0.1...0.8, using: &random)
                )
                let box = try #require(
                    NormalizedBox(
                        left: x, top: y, width: Double.random(in: 0.2...1, using: &random),
                        height: Double.random(in: 0.3...1, using: &random)))
                let crop = try #require(frame.cropped(to: box))
                let (left, top) = (crop.box.left * Double(width), crop.box.top * Double(height))
                let (column, row) = (Int(left.rounded()), Int(top.rounded()))
                #expect(abs(left - Double(column)) < 1e-9 && column % 2 == 0 && row % 2 == 0)
                let asked = box.clippedToFrame
                #expect(crop.box.intersection(with: asked).area >= asked.area - 1e-9)
                #expect(crop.box.width <= asked.width + 4 / Double(width))
                let size = crop.frame.size
                let expected = try #require(
                    SyntheticFrame.make(format, size.width, size.height) { component, x, y in
                        let part = format.components(of: frame.size)[component]
                        let (across, down) = (column / part.pixelsAcross, row / part.pixelsDown)
                        return UInt8(
                            truncatingIfNeeded: component &* 97 &+ (x + across) &* 5 &+ (y + down) &* 31)
                    })
                #expect(samples(crop.frame) == samples(expected), "\(format) \(width)x\(height) \(box)")
            }
        }
    }

    @Test("a part goes into a network's input as a picture of its own would", arguments: PixelFormat.allCases)
    func letterboxed(format: PixelFormat) throws {
        let whole = try #require(SyntheticFrame.noise(format, 129, 95, isFullRange: true, seed: 7))
        // Reaches into the last row and column, behind which there is nothing.
        let box = try #require(NormalizedBox(left: 0.31, top: 0.43, width: 0.69, height: 0.57))
        let part = try #require(whole.cropped(to: box)).frame
        let numbers = samples(part)
        let alone = try #require(
            SyntheticFrame.make(format, part.size.width, part.size.height) { component, column, row in
                numbers[component][row * format.components(of: part.size)[component].columns + column]
            })
        let spec = InputSpec(
            size: try #require(PixelSize(width: 64, height: 32)), colorOrder: .bgr, resize: .letterboxTopLeft,
            padValue: 114)
        let tensors = [part, alone].map { frame -> [Float] in
            var letterbox = Letterbox(spec: spec)
            var values = [Float](repeating: .nan, count: spec.floatCount)
            _ = unsafe values.withUnsafeMutableBufferPointer { unsafe letterbox.apply(to: frame, into: $0) }
            return values
        }
        #expect(tensors[0] == tensors[1])
    }

    @Test("a part outside of the frame, or thinner than two pixels, is none")
    func none() throws {
        let frame = try #require(SyntheticFrame.make(.yuv420p, 64, 48) { _, _, _ in 1 })
        for (left, width) in [(1.2, 0.5), (-0.5, 0.4), (0.5, 0.0)] {
            let box = try #require(NormalizedBox(left: left, top: 0, width: width, height: 1))
            #expect(frame.cropped(to: box) == nil)
        }
    }

    @Test("what was found in a part lies where it is in the frame")
    func placed() throws {
        let part = try #require(NormalizedBox(left: 0.5, top: 0.25, width: 0.5, height: 0.25))
        let found = try #require(NormalizedBox(left: 0.5, top: 0, width: 0.25, height: 1))
        #expect(found.placed(in: part) == NormalizedBox(left: 0.75, top: 0.25, width: 0.125, height: 0.25))
        #expect(NormalizedBox.full.placed(in: part) == part)
    }
}
