/// Between the types that exist here: floats stay floats; integers are known at load time.
enum CastOperator: Operator {
    static let name = "Cast"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let code = try call.int("to", 0)
        guard let type = ElementType(rawValue: code) else { throw call.unsupported("data type \(code)") }
        switch (value.content, type.isReal) {
        case (.floats, true): return [Value(shape: value.shape, type: .float, content: value.content)]
        case (.integers(let list), true):
            let buffer = FloatBuffer(list.map(Float.init))
            return [.floats(value.shape, lowering.constant(buffer))]
        case (.integers(let list), false):
            let converted = list.map { type == .bool ? ($0 == 0 ? 0 : 1) : $0 }
            return [.integers(value.shape, converted, type: type)]
        case (.floats, false):
            guard let known = lowering.known(value) else { throw call.unsupported("floats of a picture to \(type)") }
            // Toward zero, as C does; what does not fit is clamped rather than undefined.
            let list = known.map { $0.isNaN ? 0 : Int64(max(-9e18, min(9e18, $0))) }
            return [.integers(value.shape, type == .bool ? known.map { $0 == 0 ? 0 : 1 } : list, type: type)]
        }
    }
}
