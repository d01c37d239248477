/// Pixels of a picture at the places that a grid names, by the nearest one or linearly between four
enum GridSampleOperator: Operator {
    static let name = "GridSample"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let picture = try call.input(0), grid = try call.input(1)
        let sides = picture.shape
        guard sides.count == 4 else { throw call.unsupported("an input of shape \(sides)") }
        guard grid.shape.count == 4, grid.shape[3] == 2, grid.shape[0] == sides[0] else {
            throw call.invalid("a grid of shape \(grid.shape) for \(sides)")
        }
        let mode = try call.string("mode", "linear")
        guard ["linear", "bilinear", "nearest"].contains(mode) else { throw call.unsupported("mode \"\(mode)\"") }
        let padding = try call.string("padding_mode", "zeros")
        guard let border = GridSampleStep.Border(rawValue: padding) else {
            throw call.invalid("padding_mode \"\(padding)\"")
        }
        let shape = [sides[0], sides[1], grid.shape[1], grid.shape[2]]
        let pixels = shape[2] * shape[3]
        guard picture.count > 0, grid.count > 0, sides[2] <= 1 << 20, sides[3] <= 1 << 20 else {
            throw call.unsupported("an input of shape \(sides)")
        }
        let work = try call.product(shape + [4], most: Limits.multiplyAdds, "the work")
        let source = try lowering.floatsOnly(call, picture), places = try lowering.floatsOnly(call, grid)
        let target = try lowering.newDense(shape)
        let rule = GridSampleStep.Rule(
            isNearest: mode == "nearest", alignsCorners: try call.int("align_corners", 0) != 0, border: border)
        try lowering.emit(reads: [source, places], writes: [target], multiplyAdds: work) { memory in
            unsafe GridSampleStep(
                rule, height: sides[2], width: sides[3], channels: sides[1], pixels: pixels, pictures: sides[0],
                from: memory.pointer(source), grid: memory.pointer(places), to: memory.pointer(target))
        }
        return [.floats(shape, target)]
    }
}
