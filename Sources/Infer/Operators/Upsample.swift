/// The old name of Resize, operator sets 7 to 9: scales only, asymmetric, nearest rounds down.
enum UpsampleOperator: Operator {
    static let name = "Upsample"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let scales: [Float]
        if case .floats(let list) = call.node.attributes["scales"] {
            scales = list
        } else {
            scales = try call.floats(1, lowering)
        }
        var resize = Resampling(
            coordinates: .asymmetric, nearest: .floor, isLinear: try call.string("mode", "nearest") == "linear")
        guard scales.count == value.shape.count else { throw call.invalid("\(scales.count) scales for \(value.shape)") }
        resize.scales = scales
        return [try resize.lower(call, value, try resize.sides(call, value.shape), lowering)]
    }
}
