/// Part of a tensor, with steps; starts and ends are attributes up to operator set 9, inputs from 10.
enum SliceOperator: Operator {
    static let name = "Slice"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let rank = value.shape.count
        guard let starts = try call.integers(attribute: "starts", orInput: 1),
            let ends = try call.integers(attribute: "ends", orInput: 2)
        else { throw call.invalid("starts or ends are missing") }
        let axes = try call.axes(try call.integers(attribute: "axes", orInput: 3) ?? Array(starts.indices), rank: rank)
        let steps = call.optional(4) == nil ? [Int](repeating: 1, count: starts.count) : try call.integers(4)
        guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
            throw call.invalid("\(starts.count) starts, \(ends.count) ends, \(axes.count) axes, \(steps.count) steps")
        }
        var map = IndexMap(identity: value.shape)
        for (index, axis) in axes.enumerated() {
            let side = value.shape[axis]
            guard steps[index] != 0 else { throw call.invalid("a step of 0") }
            map.offsets[axis] = indices(starts[index], ends[index], steps[index], side).map { map.offsets[axis][$0] }
        }
        return [try lowering.moved(value, map)]
    }

    /// Python's rule: negative counts from the end, then clamped.
    private static func indices(_ start: Int, _ end: Int, _ step: Int, _ side: Int) -> [Int] {
        let range = step > 0 ? (low: 0, high: side) : (low: -1, high: side - 1)
        func clamped(_ index: Int) -> Int { min(max(index < 0 ? index + side : index, range.low), range.high) }
        // A missing end of a backward slice is written as a very negative number, which stays negative here.
        return side == 0 ? [] : Array(stride(from: clamped(start), to: clamped(end), by: step))
    }
}
