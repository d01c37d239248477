import KernelTypes

/// min(max(x, min), max); the limits are attributes up to operator set 10, inputs from 11.
enum ClipOperator: Operator {
    static let name = "Clip"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let input = try call.input(0)
        let limits = [call.optional(1), call.optional(2)]
        guard limits.allSatisfy({ $0.map(lowering.isConstant) ?? true }) else {
            let low = try limits[0].map { limit throws(InferError) in
                try lowering.binary(call, input, limit, .kernel(.maximum))
            }
            let high = try limits[1].map { limit throws(InferError) in
                try lowering.binary(call, low ?? input, limit, .kernel(.minimum))
            }
            return [high ?? low ?? input]
        }
        return [try lowering.unary(input, .activation(try activation(call, lowering)))]
    }

    static func activation(_ call: Call, _ lowering: Lowering) throws(InferError) -> Activation {
        func limit(_ index: Int, _ name: String, _ standard: Float) throws(InferError) -> Float {
            guard call.optional(index) != nil else { return try call.float(name, standard) }
            guard let value = try call.floats(index, lowering).first else { throw call.invalid("an empty limit") }
            return value
        }
        return .clip(low: try limit(1, "min", -.infinity), high: try limit(2, "max", .infinity))
    }
}
