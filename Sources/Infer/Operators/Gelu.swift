import Glibc
import KernelTypes

/// x · Φ(x), exact or by tanh
enum GeluOperator: Operator {
    static let name = "Gelu"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        switch try call.string("approximate", "none") {
        case "none":
            return [try lowering.unary(try call.input(0), .activation(.gelu))]
        case "tanh":
            let scale = (2 / Float.pi).squareRoot()
            return [
                try lowering.unary(
                    try call.input(0), .plain { 0.5 * $0 * (1 + tanhf(scale * ($0 + 0.044_715 * $0 * $0 * $0))) })
            ]
        case let other: throw call.invalid("approximate \"\(other)\"")
        }
    }
}
