internal import Glibc

// The plain twins: written to be read, not to be fast.

@Sendable func scalarActivation(_ activation: Activation, _ x: Float) -> Float {
    let a = activation.a, b = activation.b
    func clamp(_ x: Float, _ low: Float, _ high: Float) -> Float { x < low ? low : x > high ? high : x }
    switch activation.kind {
    case .clamp: return clamp(x, a, b)
    case .leakyRelu: return x < 0 ? a * x : x
    case .silu: return x / (1 + expf(-x))
    case .sigmoid: return 1 / (1 + expf(-x))
    case .hardSwish: return x * clamp(a * x + b, 0, 1)
    case .hardSigmoid: return clamp(a * x + b, 0, 1)
    case .gelu: return 0.5 * x * (1 + erff(x * Float(0.5).squareRoot()))
    case .erf: return erff(x)
    case .tanh: return tanhf(x)
    }
}

/// With a slope of each channel's own where there are some.
func scalarActivation(
    _ activation: Activation, _ slopes: UnsafePointer<Float>?, channel: Int, _ x: Float
) -> Float {
    guard let slopes, activation.kind == .leakyRelu else { return scalarActivation(activation, x) }
    return x < 0 ? slopes[channel] * x : x
}

@Sendable func scalarPackedFloats(_ channels: Int, _ depth: Int) -> Int { channels * depth }

@Sendable func scalarPackPointwise(
    _ weights: UnsafePointer<Float>, _ channels: Int, _ depth: Int, _ packed: UnsafeMutablePointer<Float>
) {
    for i in 0..<(channels * depth) { packed[i] = weights[i] }
}

@Sendable func scalarConvolvePixels(_ convolution: PointwiseConvolution, _ begin: Int, _ end: Int) {
    for pixel in begin..<max(begin, end) { scalarPixel(convolution, pixel, pixel) }
}

@Sendable func scalarConvolveRows(_ convolution: PointwiseConvolution, _ rowBegin: Int, _ rowEnd: Int) {
    for row in rowBegin..<max(rowBegin, rowEnd) {
        for x in 0..<convolution.width {
            scalarPixel(convolution, row * convolution.inputRowStep + x, row * convolution.outputRowStep + x)
        }
    }
}

func scalarPixel(_ convolution: PointwiseConvolution, _ input: Int, _ output: Int) {
    for m in 0..<convolution.channels {
        var sum = convolution.bias[m]
        if let initial = convolution.initial { sum += initial[m][output] }
        for k in 0..<convolution.depth {
            sum += convolution.weights[m * convolution.depth + k] * convolution.inputs[k][input]
        }
        sum = scalarActivation(convolution.activation, convolution.slopes, channel: m, sum)
        if let residual = convolution.residual { sum += residual[m][output] }
        convolution.outputs[m][output] = sum
    }
}

@Sendable func scalarIm2col(
    _ input: Plane, _ padding: Float, _ scratch: MutablePlane, _ layout: TapLayout
) {
    let window = layout.window
    for phase in 0..<layout.phases {
        for row in 0..<layout.rows {
            for i in 0..<layout.pitch {
                let first = layout.joinsRows ? phase * window.dilationX : phase
                let y = row - window.padTop, x = first + i * window.strideX - window.padLeft
                let inside = y >= 0 && y < window.inputHeight && x >= 0 && x < window.inputWidth
                scratch[(phase * layout.classRows + layout.place(ofRow: row)) * layout.pitch + i] =
                    inside ? input[y * window.inputWidth + x] : padding
            }
        }
    }
}

@Sendable func scalarDepthwise(
    _ convolution: DepthwiseConvolution, _ channelBegin: Int, _ channelEnd: Int, _ rowBegin: Int, _ rowEnd: Int,
    _ scratch: MutablePlane
) {
    let window = convolution.window, taps = window.kernelHeight * window.kernelWidth
    for channel in channelBegin..<max(channelBegin, channelEnd) {
        let input = convolution.inputs[channel], weights = convolution.weights + channel * taps
        for y in rowBegin..<max(rowBegin, rowEnd) {
            for x in 0..<window.outputWidth {
                var sum = convolution.bias[channel]
                scalarWindow(window, y, x) { tap, pixel in sum += weights[tap] * input[pixel] }
                convolution.outputs[channel][y * window.outputWidth + x] =
                    scalarActivation(convolution.activation, convolution.slopes, channel: channel, sum)
            }
        }
    }
}

/// Calls `visit(tap, pixel)` for every tap of the window of output pixel (y, x) that lies inside of the input.
func scalarWindow(_ window: Window, _ y: Int, _ x: Int, _ visit: (Int, Int) -> Void) {
    for ky in 0..<window.kernelHeight {
        for kx in 0..<window.kernelWidth {
            let row = y * window.strideY - window.padTop + ky * window.dilationY
            let column = x * window.strideX - window.padLeft + kx * window.dilationX
            if row >= 0 && row < window.inputHeight && column >= 0 && column < window.inputWidth {
                visit(ky * window.kernelWidth + kx, row * window.inputWidth + column)
            }
        }
    }
}
