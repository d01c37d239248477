/// The sides of a tensor, known at load time
enum ShapeOperator: Operator {
    static let name = "Shape"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let shape = try call.input(0).shape
        func clamped(_ index: Int) -> Int { min(max(index < 0 ? index + shape.count : index, 0), shape.count) }
        let start = clamped(try call.int("start", 0))
        let end = max(start, clamped(try call.int("end", shape.count)))
        return [.integers([end - start], shape[start..<end].map(Int64.init))]
    }
}
