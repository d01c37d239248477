/// Detectors turn their class scores so that Softmax sees the last axis, and turn the result back. Softmax knows any axis:
/// Transpose → Softmax → the inverse Transpose becomes one Softmax of the axis that was meant.
extension Rewriting {
    mutating func dropTransposesAroundSoftmax() {
        for index in nodes.indices {
            guard let back = nodes[index], let backOrder = order(back),
                let softmaxAt = maker(of: back.inputs[0], type: "Softmax", before: index),
                var softmax = nodes[softmaxAt],
                let turnedAt = maker(of: softmax.inputs[0], type: "Transpose", before: softmaxAt),
                let turned = nodes[turnedAt], let order = order(turned), order.count == backOrder.count,
                order.indices.allSatisfy({ order[backOrder[$0]] == $0 }),
                let axis = axis(softmax, rank: order.count)
            else { continue }
            softmax.inputs = [turned.inputs[0]]
            softmax.outputs = back.outputs
            softmax.attributes["axis"] = .int(order[axis])
            // From then on Softmax means one axis, not all from that axis on.
            softmax.opset = max(softmax.opset, 13)
            replace(turnedAt, with: nil)
            replace(softmaxAt, with: nil)
            replace(index, with: softmax)
        }
    }

    /// The node that makes `name` for one reader only.
    private func maker(of name: String, type: String, before index: Int) -> Int? {
        guard uses(name) == 1, let at = node(making: name, type: type, before: index), nodes[at]?.outputs.count == 1,
            nodes[at]?.inputs.count == 1
        else { return nil }
        return at
    }

    /// Where each axis of the result comes from; nil when it is no permutation, or not given.
    private func order(_ node: Node) -> [Int]? {
        guard node.type == "Transpose", node.inputs.count == 1, node.outputs.count == 1,
            case .ints(let order) = node.attributes["perm"], order.sorted() == Array(order.indices)
        else { return nil }
        return order
    }

    /// The one axis over which the sum goes.
    private func axis(_ softmax: Node, rank: Int) -> Int? {
        let isOld = softmax.opset < 13
        var axis = isOld ? 1 : -1
        if let attribute = softmax.attributes["axis"] {
            guard case .int(let value) = attribute else { return nil }
            axis = value
        }
        if axis < 0 { axis += rank }
        guard (0..<rank).contains(axis), !isOld || axis == rank - 1 else { return nil }
        return axis
    }
}
