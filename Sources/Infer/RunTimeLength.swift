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
    /// These leave every axis where it is, ...
    private static let axisByAxis: Set<String> = ["Add", "Cast", "Concat", "Div", "Identity", "Mul", "Slice", "Sub"]
    /// ... and these do not: where two axes are as long as there can be entries, nobody knows which one it is.
    private static let movingAxes: Set<String> = ["Gather", "GatherND", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]

    /// The results with the length that comes in, if one does.
    /// - Throws: for operators that would take what is behind the last entry for some of it.
    func withLength(_ results: [Value], of call: Call) throws(InferError) -> [Value] {
        let lengths = call.inputs.compactMap { $0?.length }
        guard let length = lengths.first else { return results }
        // Numbers with fewer axes are stretched along new ones in front.
        let ranks = Set(call.inputs.compactMap { $0 }.filter { $0.length != nil }.map(\.shape.count))
        let staysPut =
            Self.axisByAxis.contains(call.node.type) && results.allSatisfy { ranks == [$0.shape.count] }
        guard staysPut || Self.movingAxes.contains(call.node.type), lengths.allSatisfy({ $0.count == length.count }),
            try !picksEntries(call)
        else { throw call.unsupported("a tensor whose length is known only after the run") }
        var carrying: [Value] = []
        for var result in results {
            let axes = result.shape.indices.filter { result.shape[$0] == length.most }
            guard let axis = staysPut ? axes.first(where: { $0 == length.axis }) : axes.first,
                staysPut || axes.count == 1
            else { throw call.unsupported("a tensor whose length is known only after the run, along that axis") }
            result.length = RunTimeLength(axis: axis, most: length.most, count: length.count)
            carrying.append(result)
        }
        return carrying
    }

    /// Whether entries are picked by place, or turned round: as many may come out, but not the first ones first.
    private func picksEntries(_ call: Call) throws(InferError) -> Bool {
        guard let data = call.optional(0), let length = data.length else { return false }
        switch call.node.type {
        case "Gather": return try call.axis(try call.int("axis", 0), rank: data.shape.count) == length.axis
        case "GatherND": return true
        case "Slice": return call.optional(4) == nil ? false : try call.integers(4).contains { $0 < 0 }
        default: return false
        }
    }
}
