import Base

/// From samples to the network's normalised colours, in one step per pixel.
///
/// YUV is read by ITU-R BT.601 at every size: JPEG prescribes it (JFIF 1.02) and USB cameras without a colour
/// descriptor mean it too (UVC 1.5, §3.9.2.6). HD clips in BT.709 come out with a slight shift of colour
/// (at most some 10 of 255 in saturated green), which detectors trained on photographs do not notice.
struct ColorConversion: Sendable, Equatable {
    enum Source: Sendable, Equatable { case yuv, gray, rgb }

    let source: Source
    let lumaOffset: Float
    let lumaGain: Float
    let redFromV: Float
    let greenFromU: Float
    let greenFromV: Float
    let blueFromU: Float
    /// In the order red, green, blue: tensor = colour · gain + bias.
    let gain: SIMD3<Float>
    let bias: SIMD3<Float>
    /// The tensor's plane for red, green, blue.
    let planes: SIMD3<Int>

    init(format: PixelFormat, isFullRange: Bool, spec: InputSpec) {
        switch format {
        case .rgb24: source = .rgb
        case .gray8: source = .gray
        case .yuv420p, .yuv422p, .yuv444p, .yuyv422, .nv12: source = .yuv
        }
        // TV range: luma 16...235, chroma 16...240 (BT.601, table 3).
        lumaOffset = isFullRange ? 0 : 16
        lumaGain = isFullRange ? 1 : 255.0 / 219
        let chroma: Float = isFullRange ? 1 : 255.0 / 224
        redFromV = 1.402 * chroma
        greenFromU = -0.344136 * chroma
        greenFromV = -0.714136 * chroma
        blueFromU = 1.772 * chroma
        let isRGB = spec.colorOrder == .rgb
        planes = isRGB ? SIMD3(0, 1, 2) : SIMD3(2, 1, 0)
        gain = isRGB ? spec.scale : SIMD3(spec.scale.z, spec.scale.y, spec.scale.x)
        let tensorBias = -spec.mean * spec.scale
        bias = isRGB ? tensorBias : SIMD3(tensorBias.z, tensorBias.y, tensorBias.x)
    }

    /// Writes `count` pixels of the three tensor planes from rows of components (Y U V, Y, or R G B).
    @inline(never)
    func apply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, count: Int,
        red: UnsafeMutablePointer<Float>, green: UnsafeMutablePointer<Float>, blue: UnsafeMutablePointer<Float>
    ) {
        switch source {
        case .yuv:
            for i in 0..<count {
                let luma = unsafe (a[i] - lumaOffset) * lumaGain
                let (u, v) = unsafe (b[i] - 128, c[i] - 128)
                unsafe red[i] = Self.clamped(luma + redFromV * v) * gain.x + bias.x
                unsafe green[i] = Self.clamped(luma + greenFromU * u + greenFromV * v) * gain.y + bias.y
                unsafe blue[i] = Self.clamped(luma + blueFromU * u) * gain.z + bias.z
            }
        case .gray:
            for i in 0..<count {
                let luma = unsafe Self.clamped((a[i] - lumaOffset) * lumaGain)
                unsafe red[i] = luma * gain.x + bias.x
                unsafe green[i] = luma * gain.y + bias.y
                unsafe blue[i] = luma * gain.z + bias.z
            }
        case .rgb:
            for i in 0..<count {
                unsafe red[i] = a[i] * gain.x + bias.x
                unsafe green[i] = b[i] * gain.y + bias.y
                unsafe blue[i] = c[i] * gain.z + bias.z
            }
        }
    }

    private static func clamped(_ x: Float) -> Float { x < 0 ? 0 : (x > 255 ? 255 : x) }
}
