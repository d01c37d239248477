import KernelTypes

extension Rewriting {
    /// Paddle and older exporters write the hard functions as they are defined: min(max(x + 3, 0), 6), with 1/6 before or behind
    /// the multiplication by x. They become HardSigmoid or HardSwish.
    mutating func gatherHardFunctions() {
        for index in nodes.indices {
            guard let clip = nodes[index], clip.type == "Clip", activation(of: clip) == .clip(low: 0, high: 6),
                let name = clip.inputs.first, uses(name) == 1, let sum = producer[name], let x = shifted(sum, by: 3)
            else { continue }
            if let product = onlyReader(of: index, type: "Mul"), nodes[product]?.inputs.contains(x) == true {
                guard let sixth = sixth(of: product) else { continue }
                gather([sum, index, product], at: sixth, as: "HardSwish", of: x)
            } else if let sixth = sixth(of: index) {
                let attributes: [String: Attribute] = ["alpha": .float(1 / 6), "beta": .float(0.5)]
                gather([sum, index], at: sixth, as: "HardSigmoid", of: x, attributes)
            }
        }
    }

    private mutating func gather(
        _ inner: [Int], at last: Int, as type: String, of x: String, _ attributes: [String: Attribute] = [:]
    ) {
        guard var node = nodes[last] else { return }
        for index in inner { replace(index, with: nil) }
        node.type = type
        node.inputs = [x]
        node.attributes = attributes
        replace(last, with: node)
    }

    /// What an Add adds the number to.
    private func shifted(_ index: Int, by shift: Float) -> String? {
        guard let sum = nodes[index], sum.type == "Add", sum.inputs.count == 2, sum.outputs.count == 1 else {
            return nil
        }
        for (x, other) in [(sum.inputs[0], sum.inputs[1]), (sum.inputs[1], sum.inputs[0])]
        where number(other) == shift { return x }
        return nil
    }

    /// The node that alone reads another one and divides it by six.
    private func sixth(of index: Int) -> Int? {
        guard let name = nodes[index]?.outputs.first else { return nil }
        if let division = onlyReader(of: index, type: "Div"), nodes[division]?.inputs.first == name,
            other(name, in: division) == 6
        {
            return division
        }
        guard let product = onlyReader(of: index, type: "Mul"), let factor = other(name, in: product),
            abs(factor - 1 / 6) < 1e-6
        else { return nil }
        return product
    }
}
