import Base
import Kernels

/// From samples to the network's normalised colours, in one step per pixel.
///
/// YUV is read by ITU-R BT.601 at every size: JPEG prescribes it (JFIF 1.02) and USB cameras without a colour
/// descriptor mean it too (UVC 1.5, §3.9.2.6). HD clips in BT.709 come out with a slight shift of colour
/// (at most some 10 of 255 in saturated green), which detectors trained on photographs do not notice.
struct ColorConversion: Sendable {
    /// For the three planes of the tensor, from the components of a pixel (Y U V, Y alone, or R G B).
    let formulas: (ColorFormula, ColorFormula, ColorFormula)

    init(format: PixelFormat, isFullRange: Bool, spec: InputSpec) {
        let colors = Self.colors(format: format, isFullRange: isFullRange)
        let ordered = spec.colorOrder == .rgb ? colors : colors.reversed()
        func formula(_ plane: Int) -> ColorFormula {
            let (color, scale) = (ordered[plane], spec.scale[plane])
            return ColorFormula(
                first: color.x, second: color.y, third: color.z, offset: color.w, gain: scale,
                bias: -spec.mean[plane] * scale)
        }
        formulas = (formula(0), formula(1), formula(2))
    }

    /// For red, green and blue as they are, 0...255.
    init(format: PixelFormat, isFullRange: Bool) {
        let colors = Self.colors(format: format, isFullRange: isFullRange)
        func formula(_ color: SIMD4<Float>) -> ColorFormula {
            ColorFormula(first: color.x, second: color.y, third: color.z, offset: color.w, gain: 1, bias: 0)
        }
        formulas = (formula(colors[0]), formula(colors[1]), formula(colors[2]))
    }

    private static func value(_ formula: ColorFormula, _ values: SIMD3<Float>) -> Float {
        formula.first * values.x + formula.second * values.y + formula.third * values.z + formula.offset
    }

    /// Red, green and blue of one pixel, 0...255.
    func color(of values: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3(
            Self.value(formulas.0, values), Self.value(formulas.1, values), Self.value(formulas.2, values)
        ).clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255))
    }

    /// Red, green, blue: what each component counts for them, and what is added.
    private static func colors(format: PixelFormat, isFullRange: Bool) -> [SIMD4<Float>] {
        // TV range: luma 16...235, chroma 16...240 (BT.601, table 3).
        let luma: Float = isFullRange ? 1 : 255.0 / 219
        let chroma: Float = isFullRange ? 1 : 255.0 / 224
        let black = isFullRange ? 0 : -16 * luma
        func color(_ u: Float, _ v: Float) -> SIMD4<Float> {
            SIMD4(luma, u * chroma, v * chroma, black - 128 * (u + v) * chroma)
        }
        switch format {
        case .rgb24: return [SIMD4(1, 0, 0, 0), SIMD4(0, 1, 0, 0), SIMD4(0, 0, 1, 0)]
        case .gray8: return Array(repeating: SIMD4(luma, 0, 0, black), count: 3)
        case .yuv420p, .yuv422p, .yuv444p, .yuyv422, .nv12:
            return [color(0, 1.402), color(-0.344136, -0.714136), color(1.772, 0)]
        }
    }
}
