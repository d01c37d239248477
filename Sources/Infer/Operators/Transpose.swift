import KernelTypes

/// Reorders the dimensions: a list of pointers where whole planes move, the interleaving kernel where pixels become rows
/// (the heads of detectors), a plain copy otherwise.
enum TransposeOperator: Operator {
    static let name = "Transpose"
    static let takesBytes = true

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let rank = value.shape.count
        let order = try call.axes(try call.ints("perm") ?? Array((0..<rank).reversed()), rank: rank)
        guard order.count == rank else { throw call.invalid("perm \(order) of \(value.shape)") }
        return [try transposed(value, order, lowering)]
    }

    static func transposed(_ value: Value, _ order: [Int], _ lowering: Lowering) throws(InferError) -> Value {
        let strides = rowMajorStrides(value.shape)
        let map = IndexMap(offsets: order.map { axis in (0..<value.shape[axis]).map { $0 * strides[axis] } })
        if value.isInt8x4 {
            if let moved = lowering.movedChannels(value, map) { return moved }
            return try transposed(try lowering.inFloats(value), order, lowering)
        }
        guard case .floats(let layout) = value.content, map.applied(to: layout) == nil,
            let swap = Swap(order, value.shape)
        else { return try lowering.moved(value, map) }
        return try interleaved(value, layout, swap, map.shape, lowering)
    }

    /// A transpose that swaps two neighbouring groups of dimensions: [batch][rows][columns] to [batch][columns][rows].
    private struct Swap {
        let batch: Int
        let rows: Int
        let columns: Int

        init?(_ order: [Int], _ shape: [Int]) {
            let same = order.indices.prefix { order[$0] == $0 }.count
            guard same < order.count else { return nil }
            let rest = Array(order[same...])
            guard let split = rest.firstIndex(of: same), split > 0 else { return nil }
            guard rest == Array(rest[0]..<order.count) + Array(same..<rest[0]) else { return nil }
            batch = shape[..<same].reduce(1, *)
            rows = shape[same..<rest[0]].reduce(1, *)
            columns = shape[rest[0]...].reduce(1, *)
        }
    }

    private static func interleaved(
        _ value: Value, _ layout: Layout, _ swap: Swap, _ shape: [Int], _ lowering: Lowering
    ) throws(InferError) -> Value {
        if swap.columns <= Self.fewColumns, let source = layout.regrouped(layout.count) {
            return try parted(source, swap, shape, lowering)
        }
        // Columns of one row may lie in several pieces (a Concat of scales); each piece is interleaved on its own.
        let common = greatestCommonDivisor(layout.blockSize, swap.columns)
        let piece = layout.regrouped(swap.columns) != nil || common < 16 ? swap.columns : common
        let source = try lowering.planes(value, size: piece)
        let target = try lowering.newDense(shape)
        let kernels = lowering.kernels
        try lowering.emit(reads: [source], writes: [target]) { memory in
            unsafe InterleaveStep(
                kernels, memory.segments(source, rows: swap.rows, columns: swap.columns, batch: swap.batch),
                rows: swap.rows, to: memory.pointer(target))
        }
        return .floats(shape, target)
    }

    /// Rows that are shorter than a vector, as pixels of an [height, width, channels] picture: hundreds of thousands of them.
    private static let fewColumns = 8

    private static func parted(_ source: Layout, _ swap: Swap, _ shape: [Int], _ lowering: Lowering) throws(InferError)
        -> Value
    {
        let target = try lowering.newDense(shape)
        try lowering.emit(reads: [source], writes: [target]) { memory in
            unsafe PartStep(
                rows: swap.rows, columns: swap.columns, batch: swap.batch, from: memory.pointer(source),
                to: memory.pointer(target))
        }
        return .floats(shape, target)
    }
}
