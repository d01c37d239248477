/// Another size of the picture: nearest on any axes, linear on the last two.
enum ResizeOperator: Operator {
    static let name = "Resize"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let rank = value.shape.count
        if try call.int("antialias", 0) != 0 { throw call.unsupported("antialias") }
        let policy = try call.string("keep_aspect_ratio_policy", "stretch")
        guard policy == "stretch" else { throw call.unsupported("keep_aspect_ratio_policy \(policy)") }
        var resampling = try resampling(call)
        let axes = try call.axes(try call.ints("axes") ?? Array(0..<rank), rank: rank)
        // Operator set 10 has (X, scales); 11 and later (X, roi, scales, sizes).
        let scalesAt = call.node.opset < 11 ? 1 : 2
        if call.optional(scalesAt) != nil, case let scales = try call.floats(scalesAt, lowering), !scales.isEmpty {
            guard scales.count == axes.count else {
                throw call.invalid("\(scales.count) scales for \(axes.count) axes")
            }
            resampling.scales = [Float](repeating: 1, count: rank)
            for (axis, scale) in zip(axes, scales) { resampling.scales[axis] = scale }
            return [try resampling.lower(call, value, try resampling.sides(call, value.shape), lowering)]
        }
        guard call.node.opset >= 11, call.optional(3) != nil else { throw call.invalid("neither scales nor sizes") }
        let sizes = try call.integers(3)
        guard sizes.count == axes.count else { throw call.invalid("\(sizes.count) sizes for \(axes.count) axes") }
        var shape = value.shape
        for (axis, size) in zip(axes, sizes) { shape[axis] = size }
        guard shape.allSatisfy({ $0 > 0 }), !value.shape.contains(0) else {
            throw call.invalid("\(value.shape) to \(shape)")
        }
        resampling.scales = zip(shape, value.shape).map { Float($0) / Float($1) }
        return [try resampling.lower(call, value, shape, lowering)]
    }

    private static func resampling(_ call: Call) throws(InferError) -> Resampling {
        let mode = try call.string("mode", "nearest")
        guard mode == "nearest" || mode == "linear" else { throw call.unsupported("mode \(mode)") }
        let isTen = call.node.opset < 11
        let coordinates = isTen ? "asymmetric" : try call.string("coordinate_transformation_mode", "half_pixel")
        let nearest = isTen ? "floor" : try call.string("nearest_mode", "round_prefer_floor")
        guard let coordinates = Resampling.Coordinates(rawValue: coordinates) else {
            throw call.unsupported("coordinate_transformation_mode \(coordinates)")
        }
        guard let nearest = Resampling.Nearest(rawValue: nearest) else { throw call.invalid("nearest_mode \(nearest)") }
        return Resampling(coordinates: coordinates, nearest: nearest, isLinear: mode == "linear")
    }
}
