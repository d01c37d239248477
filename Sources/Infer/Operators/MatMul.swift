/// Matrix products with NumPy's rules: one-dimensional operands and batches that broadcast
enum MatMulOperator: Operator {
    static let name = "MatMul"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (left, right) = (try call.input(0), try call.input(1))
        guard !left.shape.isEmpty, !right.shape.isEmpty else { throw call.invalid("a scalar") }
        let a = left.shape.count == 1 ? [1] + left.shape : left.shape
        let b = right.shape.count == 1 ? right.shape + [1] : right.shape
        let (rows, depth, columns) = (a[a.count - 2], a[a.count - 1], b[b.count - 1])
        guard b[b.count - 2] == depth else { throw call.invalid("\(left.shape) times \(right.shape)") }
        let batch = try lowering.broadcast(call, Array(a.dropLast(2)), Array(b.dropLast(2)))
        if b.dropLast(2).allSatisfy({ $0 == 1 }), left.shape.count > 1, right.shape.count > 1 {
            // One matrix for all pictures: their rows are rows of one product.
            let all = try call.product(Array(a.dropLast()), most: Limits.tensorElements, "the rows")
            let product = try Multiplication(rows: all, columns: columns, depth: depth).checked(call)
            return [try multiplied(call, left, right, product, [(0, 0)], batch + [rows, columns], lowering)]
        }
        let product = try Multiplication(rows: rows, columns: columns, depth: depth).checked(call)
        guard try Limits.elements(of: batch) <= Limits.blocksPerTensor else {
            throw call.unsupported("a batch of \(batch)")
        }
        let starts = zip(
            matrices(Array(a.dropLast(2)), batch, rows * depth), matrices(Array(b.dropLast(2)), batch, depth * columns)
        ).map { (left: $0.0, right: $0.1) }
        let full = batch + [rows, columns]
        let result = try multiplied(call, left, right, product, starts, full, lowering)
        var shape = full
        if right.shape.count == 1 { shape.removeLast() }
        if left.shape.count == 1 { shape.remove(at: batch.count) }
        return [result.reshaped(shape)]
    }

    private static func matrices(_ from: [Int], _ batch: [Int], _ size: Int) -> [Int] {
        var starts: [Int] = []
        IndexMap(broadcasting: from, to: batch).forEachRun(dimensions: 0) { starts.append($0 * size) }
        return starts
    }

    static func multiplied(
        _ call: Call, _ left: Value, _ right: Value, _ product: Multiplication, _ starts: [(left: Int, right: Int)],
        _ shape: [Int], _ lowering: Lowering
    ) throws(InferError) -> Value {
        guard case .floats = left.content, case .floats = right.content else { throw call.unsupported("integers") }
        let (a, b) = (try lowering.dense(left), try lowering.dense(right))
        let target = try lowering.newDense(shape)
        let work = try call.product(
            [starts.count, product.rows, product.columns, product.depth], most: Limits.multiplyAdds, "the work")
        let kernels = lowering.kernels
        if TileMultiplyStep.serves(product, kernels) {
            let floats = TileMultiplyStep.scratchFloats(product, kernels)
            _ = try call.product([lowering.threads, floats], most: Limits.tensorElements, "the scratch")
            let scratch = try lowering.newScratch(floats: floats)
            try lowering.emit(reads: [a, b], writes: [target, scratch], multiplyAdds: work) { memory in
                unsafe TileMultiplyStep(
                    kernels, product, starts: starts, left: memory.pointer(a), right: memory.pointer(b),
                    result: memory.pointer(target), scratch: PlaneList(scratch, in: memory))
            }
            return .floats(shape, target)
        }
        try lowering.emit(reads: [a, b], writes: [target], multiplyAdds: work) { memory in
            unsafe MultiplyStep(
                product, starts: starts, left: memory.pointer(a), right: memory.pointer(b),
                result: memory.pointer(target))
        }
        return .floats(shape, target)
    }
}
