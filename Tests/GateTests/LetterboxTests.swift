import Base
import Gate
import Testing

@Suite("The letterbox fills a network's input")
struct LetterboxTests {
    private func spec(
        _ width: Int, _ height: Int, _ rule: InputSpec.ResizeRule = .letterboxTopLeft,
        order: InputSpec.ColorOrder = .bgr, mean: SIMD3<Float> = .zero, scale: SIMD3<Float> = .one, pad: Float = 114
    ) throws -> InputSpec {
        InputSpec(
            size: try #require(PixelSize(width: width, height: height)), colorOrder: order, mean: mean, scale: scale,
            resize: rule, padValue: pad)
    }

    private func fast(_ frame: Frame, _ spec: InputSpec) -> [Float] {
        var letterbox = Letterbox(spec: spec)
        // NaN shows what was not written.
        var values = [Float](repeating: .nan, count: spec.floatCount)
        _ = unsafe values.withUnsafeMutableBufferPointer { unsafe letterbox.apply(to: frame, into: $0) }
        return values
    }

    /// The largest difference; infinite when one has NaN.
    private func distance(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(a.count == b.count ? 0 : .infinity) { worst, pair in
            let difference = abs(pair.0 - pair.1)
            return difference.isNaN ? .infinity : max(worst, difference)
        }
    }

    @Test("fast equals plain at every format, range and rule, at sizes that hurt", arguments: PixelFormat.allCases)
    func fastEqualsPlain(format: PixelFormat) throws {
        let frames = [(1, 1), (2, 3), (17, 9), (64, 48), (65, 47), (128, 31), (3, 200)]
        for (index, (width, height)) in frames.enumerated() {
            for isFullRange in [true, false] {
                let frame = try #require(
                    SyntheticFrame.noise(format, width, height, isFullRange: isFullRange, seed: UInt64(index)))
                for rule in InputSpec.ResizeRule.allCases {
                    let spec = try spec(40, 32, rule)
                    let worst = distance(fast(frame, spec), PlainLetterbox(frame, spec).tensor())
                    #expect(worst < 0.05, "\(format) \(width)x\(height) full \(isFullRange) \(rule)")
                }
            }
        }
    }

    @Test("scaling by a whole number and by exactly one are right too", arguments: PixelFormat.allCases)
    func wholeRatios(format: PixelFormat) throws {
        for (width, height) in [(32, 32), (64, 64), (128, 128), (96, 64), (16, 16)] {
            let frame = try #require(SyntheticFrame.noise(format, width, height, isFullRange: true, seed: 9))
            let spec = try spec(32, 32, .stretch)
            #expect(distance(fast(frame, spec), PlainLetterbox(frame, spec).tensor()) < 0.05, "\(width)x\(height)")
        }
    }

    @Test("mean, scale and colour order are applied per plane")
    func normalisation() throws {
        let frame = try #require(SyntheticFrame.make(.rgb24, 8, 8) { component, _, _ in [200, 100, 50][component] })
        let spec = try spec(8, 8, order: .rgb, mean: SIMD3(100, 50, 25), scale: SIMD3(0.5, 0.1, 2))
        let values = fast(frame, spec)
        #expect((values[0], values[64], values[128]) == (50, 5, 50))
        let swapped = try self.spec(8, 8, order: .bgr, mean: SIMD3(25, 50, 100), scale: SIMD3(2, 0.1, 0.5))
        let other = fast(frame, swapped)
        #expect((other[0], other[64], other[128]) == (50, 5, 50))
    }

    @Test(
        "pure colours come out right from TV range and from JPEG range",
        arguments: [
            // BT.601 bars at 75 % as broadcast defines them (ITU-R BT.801): Y U V in TV range, R G B.
            ([180, 128, 128], [191, 191, 191]), ([65, 100, 212], [191, 0, 0]), ([112, 72, 58], [0, 191, 0]),
            ([35, 212, 114], [0, 0, 191]),
        ] as [([UInt8], [Float])])
    func colours(yuv: [UInt8], rgb: [Float]) throws {
        let frame = try #require(
            SyntheticFrame.make(.yuv420p, 16, 16, isFullRange: false) { component, _, _ in yuv[component] })
        let values = fast(frame, try spec(16, 16, order: .rgb))
        for (channel, want) in rgb.enumerated() { #expect(abs(values[channel * 256] - want) < 2) }
        let gray = try #require(SyntheticFrame.make(.gray8, 16, 16) { _, _, _ in 200 })
        #expect(fast(gray, try spec(16, 16)).allSatisfy { abs($0 - 200) < 0.01 })
    }

    @Test("a fine pattern becomes grey instead of a false coarse one")
    func noAliasing() throws {
        let frame = try #require(
            SyntheticFrame.make(.gray8, 1280, 720) { _, x, y in (x + y).isMultiple(of: 2) ? 255 : 0 })
        let values = fast(frame, try spec(320, 180))
        #expect(values.allSatisfy { abs($0 - 127.5) < 0.1 })
    }

    @Test(
        "a box drawn in the frame lies where the mapping says, whatever the rule",
        arguments: InputSpec.ResizeRule.allCases)
    func mappingFits(rule: InputSpec.ResizeRule) throws {
        let frame = try #require(
            SyntheticFrame.make(.yuv420p, 640, 360) { component, x, y in
                component == 0 ? ((160..<320).contains(x) && (90..<270).contains(y) ? 255 : 0) : 128
            })
        let spec = try spec(416, 416, rule, pad: 0)
        let values = fast(frame, spec)
        let bright = (0..<(416 * 416)).filter { values[$0] > 127 }
        let (columns, rows) = (bright.map { $0 % 416 }, bright.map { $0 / 416 })
        let box = try #require(
            InputMapping(frame: frame.size, spec: spec).frameBox(
                left: Double(columns.min() ?? 0), top: Double(rows.min() ?? 0), right: Double(columns.max() ?? 0) + 1,
                bottom: Double(rows.max() ?? 0) + 1))
        for (got, want) in zip([box.left, box.top, box.right, box.bottom], [0.25, 0.25, 0.5, 0.75]) {
            #expect(abs(got - want) < 0.004)
        }
    }

    @Test("one letterbox follows a camera that changes its size and format")
    func changes() throws {
        let spec = try spec(48, 48)
        var letterbox = Letterbox(spec: spec)
        var values = [Float](repeating: 0, count: spec.floatCount)
        for (format, width, height) in [(PixelFormat.yuyv422, 64, 48), (.yuv420p, 64, 48), (.nv12, 320, 64)] {
            let frame = try #require(SyntheticFrame.noise(format, width, height, isFullRange: true, seed: 4))
            let mapping = unsafe values.withUnsafeMutableBufferPointer { unsafe letterbox.apply(to: frame, into: $0) }
            #expect(mapping == InputMapping(frame: frame.size, spec: spec))
            #expect(distance(values, PlainLetterbox(frame, spec).tensor()) < 0.05)
        }
    }
}
