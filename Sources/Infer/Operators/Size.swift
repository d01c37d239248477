/// The number of elements, known at load time
enum SizeOperator: Operator {
    static let name = "Size"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        [.integers([], [Int64(try call.input(0).count)])]
    }
}
