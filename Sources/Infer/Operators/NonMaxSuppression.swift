/// The boxes that remain when those that overlap a better one of their class are left out; how many is known after the run
enum NonMaxSuppressionOperator: Operator {
    static let name = "NonMaxSuppression"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let boxes = try call.input(0), scores = try call.input(1)
        guard boxes.shape.count == 3, scores.shape.count == 3, boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0],
            boxes.shape[1] == scores.shape[2], boxes.count > 0, scores.count > 0, boxes.shape[1] <= 1 << 24
        else { throw call.invalid("boxes \(boxes.shape) with scores \(scores.shape)") }
        let isCentered = try call.int("center_point_box", 0) != 0
        let asked = call.optional(2) == nil ? 0 : try call.integers(2).first ?? 0
        let overlap = call.optional(3) == nil ? 0 : try call.floats(3, lowering).first ?? 0
        let threshold = call.optional(4) == nil ? nil : try call.floats(4, lowering).first
        let (batch, classes, candidates) = (scores.shape[0], scores.shape[1], boxes.shape[1])
        let each = min(max(asked, 0), candidates)
        guard each > 0 else { throw call.unsupported("max_output_boxes_per_class \(asked)") }
        let most = try call.product([batch, classes, each], most: Limits.tensorElements / 3, "the boxes")
        let (source, values) = (try lowering.dense(boxes), try lowering.dense(scores))
        let result = try lowering.newDense([most, 3]), count = try lowering.newDense([1])
        let lists = try lowering.newDense([batch * classes, each + 1])
        let scratch = try lowering.newScratch(floats: candidates)
        try lowering.emit(reads: [source, values], writes: [result, count, lists, scratch]) { memory in
            unsafe NonMaxSuppressionStep(
                NonMaxSuppressionStep.Tensors(
                    boxes: memory.pointer(source), scores: memory.pointer(values), lists: memory.pointer(lists),
                    result: memory.pointer(result), count: memory.pointer(count)),
                batch: batch, classes: classes, candidates: candidates, most: each, overlap: overlap,
                threshold: threshold, isCentered: isCentered, scratch: PlaneList(scratch, in: memory))
        }
        var selected = Value.floats([most, 3], result).typed(.int64)
        selected.length = RunTimeLength(axis: 0, most: most, count: count)
        return [selected]
    }
}
