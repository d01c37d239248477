/// Drops sides of 1; the axes are an attribute up to operator set 12, an input from 13.
enum SqueezeOperator: Operator {
    static let name = "Squeeze"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let asked = try call.integers(attribute: "axes", orInput: 1)
        let axes =
            try asked.map { list throws(InferError) in try call.axes(list, rank: value.shape.count) }
            ?? value.shape.indices.filter { value.shape[$0] == 1 }
        guard axes.allSatisfy({ value.shape[$0] == 1 }) else { throw call.invalid("axes \(axes) of \(value.shape)") }
        return [value.reshaped(value.shape.indices.filter { !axes.contains($0) }.map { value.shape[$0] })]
    }
}
