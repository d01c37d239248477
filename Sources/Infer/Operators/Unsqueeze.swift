/// Adds sides of 1; the axes are an attribute up to operator set 12, an input from 13.
enum UnsqueezeOperator: Operator {
    static let name = "Unsqueeze"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let list = try call.integers(attribute: "axes", orInput: 1) ?? []
        let rank = value.shape.count + list.count
        guard rank <= Limits.rank else { throw .tooLarge(what: "the rank of a tensor", value: rank, most: Limits.rank) }
        let axes = try call.axes(list, rank: rank)
        var sides = value.shape[...]
        return [value.reshaped((0..<rank).map { axes.contains($0) ? 1 : sides.popFirst() ?? 1 })]
    }
}
