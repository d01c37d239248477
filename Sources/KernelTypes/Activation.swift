/// The function that ends a convolution or stands alone, with ONNX's formulas. NaN stays NaN.
package struct Activation: Sendable, Equatable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// `min(max(x, a), b)`: identity, ReLU, ReLU6 and Clip are this one.
        case clamp
        /// `x` where `x >= 0`, else `a * x`. ONNX's PRelu is this one with a slope for each channel in place of `a`: `slopes`
        /// of a convolution.
        case leakyRelu
        /// `x / (1 + exp(-x))`
        case silu
        /// `1 / (1 + exp(-x))`
        case sigmoid
        /// `x * min(max(a * x + b, 0), 1)`; ONNX: a = 1/6, b = 1/2
        case hardSwish
        /// `min(max(a * x + b, 0), 1)`; ONNX defaults: a = 0.2, b = 0.5
        case hardSigmoid
        /// `x * (1 + erf(x / √2)) / 2`: ONNX's Gelu without approximation
        case gelu
        case erf
        case tanh
    }

    package let kind: Kind
    package let a: Float
    package let b: Float

    private init(_ kind: Kind, _ a: Float = 0, _ b: Float = 0) {
        self.kind = kind
        self.a = a
        self.b = b
    }

    package static var none: Activation { .init(.clamp, -.infinity, .infinity) }
    package static var relu: Activation { .init(.clamp, 0, .infinity) }
    package static var relu6: Activation { .init(.clamp, 0, 6) }
    package static var silu: Activation { .init(.silu) }
    package static var sigmoid: Activation { .init(.sigmoid) }
    package static var hardSwish: Activation { .init(.hardSwish, 1 / 6, 0.5) }
    package static var gelu: Activation { .init(.gelu) }
    package static var erf: Activation { .init(.erf) }
    package static var tanh: Activation { .init(.tanh) }
    package static func clip(low: Float, high: Float) -> Activation { .init(.clamp, low, high) }
    package static func leakyRelu(slope: Float) -> Activation { .init(.leakyRelu, slope) }
    package static func hardSigmoid(alpha: Float, beta: Float) -> Activation { .init(.hardSigmoid, alpha, beta) }
}
