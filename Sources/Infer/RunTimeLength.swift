/// A tensor of which only the first entries along one axis mean something; how many is known after the run. Memory is there for
/// the most that there can be, and what is behind the last one is harmless.
struct RunTimeLength {
    var axis: Int
    /// The axis' side.
    let most: Int
    /// One float: how many there are.
    let count: Layout
}

extension Lowering {
    /// Operators that do to each entry what they do to it alone: the ones behind the last do no harm, and the length stays.
    private static let entryByEntry: Set<String> = [
        "Add", "Cast", "Concat", "Div", "Gather", "GatherND", "Identity", "Mul", "Reshape", "Slice", "Squeeze", "Sub",
        "Transpose", "Unsqueeze",
    ]

    /// The results with the length that comes in, if one does.
    /// - Throws: for operators that would take what is behind the last entry for some of it.
    func withLength(_ results: [Value], of call: Call) throws(InferError) -> [Value] {
        let lengths = call.inputs.compactMap { $0?.length }
        guard let length = lengths.first else { return results }
        guard Self.entryByEntry.contains(call.node.type), lengths.allSatisfy({ $0.count == length.count }) else {
            throw call.unsupported("a tensor whose length is known only after the run")
        }
        var carrying: [Value] = []
        for var result in results {
            let axes = result.shape.indices.filter { result.shape[$0] == length.most }
            guard let axis = axes.count > 1 ? axes.first(where: { $0 == length.axis }) : axes.first else {
                throw call.unsupported("a tensor whose length is known only after the run, along that axis")
            }
            result.length = RunTimeLength(axis: axis, most: length.most, count: length.count)
            carrying.append(result)
        }
        return carrying
    }
}
