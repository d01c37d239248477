/// What a name of the graph stands for while the plan is made: a shape and numbers that are known, or that will lie somewhere.
struct Value {
    enum Content {
        /// Integers and booleans exist only at load time: shape arithmetic.
        case integers(Integers)
        case floats(Layout)
        /// Bytes that stand for real numbers. The type says how the graph sees them: `float` once they have been
        /// dequantized (which costs nothing as long as nobody needs floats), the integer type before.
        case int8x4(Int8x4Layout)
    }

    var shape: [Int]
    var type: ElementType
    var content: Content
    /// Of a dequantized constant: the integers.
    var origin: QuantizedOrigin?
    /// When only some of the entries along an axis mean something.
    var length: RunTimeLength?

    static func floats(_ shape: [Int], _ layout: Layout) -> Value {
        Value(shape: shape, type: .float, content: .floats(layout))
    }

    static func int8x4(_ shape: [Int], _ layout: Int8x4Layout, _ type: ElementType) -> Value {
        Value(shape: shape, type: type, content: .int8x4(layout))
    }

    var isInt8x4: Bool {
        if case .int8x4 = content { true } else { false }
    }

    static func integers(_ shape: [Int], _ values: [Int64], type: ElementType = .int64) -> Value {
        Value(shape: shape, type: type, content: .integers(Integers(values)))
    }

    /// The same numbers in another shape; the caller has checked the count.
    func reshaped(_ shape: [Int]) -> Value { Value(shape: shape, type: type, content: content) }

    /// The same numbers under another type: booleans and indices of a pass are kept as `Float`.
    func typed(_ type: ElementType) -> Value { Value(shape: shape, type: type, content: content) }

    var count: Int { shape.reduce(1, *) }
}
