/// Between the types that exist here: floats of every width are kept as `Float`; integers are known at load time.
enum CastOperator: Operator {
    static let name = "Cast"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let code = try call.int("to", 0)
        guard let type = ElementType(rawValue: code) else { throw call.unsupported("data type \(code)") }
        switch (value.content, type.isReal) {
        case (.floats(let layout), true):
            return [try rounded(.floats(value.shape, layout), to: type, lowering)]
        case (.integers(let list), true):
            let buffer = FloatBuffer(list.map(Float.init))
            return [try rounded(.floats(value.shape, lowering.constant(buffer)), to: type, lowering)]
        case (.integers(let list), false):
            return [.integers(value.shape, list.map(type.wrapped), type: type)]
        case (.floats, false):
            guard let known = lowering.known(value) else { return [try whole(value, type, lowering)] }
            // Toward zero, as C does; what does not fit is clamped rather than undefined.
            let list = known.map { $0.isNaN ? 0 : Int64(max(-9e18, min(9e18, $0))) }
            return [.integers(value.shape, type == .bool ? known.map { $0 == 0 ? 0 : 1 } : list, type: type)]
        case (.int8x4, _): throw call.unsupported("bytes")
        }
    }

    /// Integers and booleans of a pass are kept as floats.
    private static func whole(_ value: Value, _ type: ElementType, _ lowering: Lowering) throws(InferError) -> Value {
        // NaN is true, as in C.
        let isTrue: @Sendable (Float) -> Float = { $0 == 0 ? 0 : 1 }
        let truncated: @Sendable (Float) -> Float = { $0.rounded(.towardZero) }
        return try lowering.unary(value, .plain(type == .bool ? isTrue : truncated)).typed(type)
    }

    /// Half precision loses digits for good, also when it is cast back; double precision is not kept.
    private static func rounded(_ value: Value, to type: ElementType, _ lowering: Lowering) throws(InferError) -> Value
    {
        type == .float16 ? try lowering.unary(value, .roundToHalf) : value
    }
}

extension ElementType {
    /// An integer as this type holds it: the high bits are lost, as in C.
    fileprivate func wrapped(_ value: Int64) -> Int64 {
        switch self {
        case .bool: value == 0 ? 0 : 1
        case .uint8: Int64(UInt8(truncatingIfNeeded: value))
        case .int8: Int64(Int8(truncatingIfNeeded: value))
        case .uint16: Int64(UInt16(truncatingIfNeeded: value))
        case .int16: Int64(Int16(truncatingIfNeeded: value))
        case .uint32: Int64(UInt32(truncatingIfNeeded: value))
        case .int32: Int64(Int32(truncatingIfNeeded: value))
        case .int64, .uint64, .float, .float16, .double: value
        }
    }
}
