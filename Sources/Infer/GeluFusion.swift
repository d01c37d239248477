import KernelTypes

extension Rewriting {
    /// x / √2 → Erf → + 1 → · x → · 1/2, as exporters write GELU without the operator, becomes one Gelu. The 1/2 may stand at any
    /// factor: (x · 1/2) · (1 + Erf(x · 1/√2)) as well.
    mutating func gatherGelus() {
        for index in nodes.indices {
            guard let node = nodes[index], node.type == "Erf", node.inputs.count == 1, let (x, scaled) = scaled(node),
                abs(scaled - Float(0.5).squareRoot()) < 1e-4, uses(node.inputs[0]) == 1,
                let sum = onlyReader(of: index, type: "Add"), other(node.outputs[0], in: sum) == 1
            else { continue }
            gather(x, erf: index, sum: sum)
        }
    }

    private mutating func gather(_ x: String, erf: Int, sum: Int) {
        guard let scale = nodes[erf].flatMap({ producer[$0.inputs[0]] }),
            let first = onlyReader(of: sum, type: "Mul"), let product = nodes[first], let sumNode = nodes[sum]
        else { return }
        var inner = [scale, erf, sum]
        var last = first
        let factor = product.inputs.first { $0 != sumNode.outputs[0] }
        if factor == x || number(factor) == 0.5 {
            // The other factor comes behind: 1/2 or x.
            guard let second = onlyReader(of: first, type: "Mul"), let outer = nodes[second],
                let rest = outer.inputs.first(where: { $0 != product.outputs[0] }),
                factor == x ? number(rest) == 0.5 : rest == x
            else { return }
            inner.append(first)
            last = second
        } else {
            guard let factor, uses(factor) == 1, let half = producer[factor], half < first, let halving = nodes[half],
                halving.type == "Mul", halving.inputs.contains(x), halving.inputs.contains(where: { number($0) == 0.5 })
            else { return }
            inner.append(half)
        }
        guard var gelu = nodes[last] else { return }
        for index in inner { replace(index, with: nil) }
        gelu.type = "Gelu"
        gelu.inputs = [x]
        replace(last, with: gelu)
    }

    /// What a node's input is a multiple of, and by what.
    private func scaled(_ node: Node) -> (String, Float)? {
        guard let at = producer[node.inputs[0]], let scaling = nodes[at], scaling.inputs.count == 2 else { return nil }
        switch scaling.type {
        case "Div": return number(scaling.inputs[1]).map { (scaling.inputs[0], 1 / $0) }
        case "Mul":
            for (x, factor) in [(0, 1), (1, 0)] {
                if let factor = number(scaling.inputs[factor]) { return (scaling.inputs[x], factor) }
            }
            return nil
        default: return nil
        }
    }

    /// The node of a type with two inputs that alone reads the only output of another.
    func onlyReader(of index: Int, type: String) -> Int? {
        guard let made = nodes[index]?.outputs, made.count == 1, let name = made.first, uses(name) == 1,
            let reader = readers[name]?.first, reader > index, let node = nodes[reader], node.type == type,
            node.inputs.count == 2, node.outputs.count == 1
        else { return nil }
        return reader
    }

    /// The number beside `name`.
    func other(_ name: String, in index: Int) -> Float? {
        number(nodes[index]?.inputs.first { $0 != name })
    }

    /// A constant of one number.
    func number(_ name: String?) -> Float? {
        guard let name, let tensor = constant(name), case .floats(let buffer) = tensor.content, buffer.count == 1,
            tensor.shape.count < 2
        else { return nil }
        return buffer.array().first
    }
}
