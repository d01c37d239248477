/// One node with the values that go into it: what an operator looks at while it is lowered.
struct Call {
    let node: Node
    let inputs: [Value?]

    // MARK: Inputs

    func input(_ index: Int) throws(InferError) -> Value {
        guard let value = optional(index) else { throw invalid("input \(index) is missing") }
        return value
    }

    func optional(_ index: Int) -> Value? { index < inputs.count ? inputs[index] : nil }

    /// Integers that must be known at load time, clamped like attributes.
    func integers(_ index: Int) throws(InferError) -> [Int] {
        let value = try input(index)
        guard case .integers(let list) = value.content else {
            throw unsupported("input \(index) that is not known when the model is loaded")
        }
        return list.map(Attribute.clamped)
    }

    /// Older operator sets have an attribute where newer ones have an input.
    func integers(attribute name: String, orInput index: Int) throws(InferError) -> [Int]? {
        if let list = try ints(name) { return list }
        return optional(index) == nil ? nil : try integers(index)
    }

    /// Floats that must be known at load time.
    func floats(_ index: Int, _ lowering: Lowering) throws(InferError) -> [Float] {
        guard let list = lowering.known(try input(index)) else {
            throw unsupported("input \(index) that is not known when the model is loaded")
        }
        return list
    }

    // MARK: Attributes

    func int(_ name: String, _ standard: Int) throws(InferError) -> Int {
        switch node.attributes[name] {
        case nil: return standard
        case .int(let value): return value
        default: throw invalid("attribute \(name) is not an integer")
        }
    }

    func ints(_ name: String) throws(InferError) -> [Int]? {
        switch node.attributes[name] {
        case nil: return nil
        case .ints(let list): return list
        default: throw invalid("attribute \(name) is not a list of integers")
        }
    }

    func float(_ name: String, _ standard: Float) throws(InferError) -> Float {
        switch node.attributes[name] {
        case nil: return standard
        case .float(let value): return value
        default: throw invalid("attribute \(name) is not a float")
        }
    }

    func string(_ name: String, _ standard: String) throws(InferError) -> String {
        switch node.attributes[name] {
        case nil: return standard
        case .string(let value): return value
        default: throw invalid("attribute \(name) is not text")
        }
    }

    /// An axis in 0..<rank; ONNX counts negative ones from the end.
    func axis(_ axis: Int, rank: Int) throws(InferError) -> Int {
        let counted = axis < 0 ? axis + rank : axis
        guard (0..<rank).contains(counted) else { throw invalid("axis \(axis) of a tensor of rank \(rank)") }
        return counted
    }

    func axes(_ list: [Int], rank: Int) throws(InferError) -> [Int] {
        var axes: [Int] = []
        for entry in list {
            let axis = try axis(entry, rank: rank)
            guard !axes.contains(axis) else { throw invalid("axis \(entry) is listed twice") }
            axes.append(axis)
        }
        return axes
    }

    // MARK: Refusals

    func invalid(_ what: String) -> InferError { .invalid(operator: node.type, node: node.title, what: what) }

    func unsupported(_ what: String) -> InferError { .unsupported(operator: node.type, node: node.title, what: what) }

    /// a · b · c …, refused beyond `most`.
    func product(_ factors: [Int], most: Int, _ what: String) throws(InferError) -> Int {
        var result = 1
        for factor in factors {
            let (product, overflow) = result.multipliedReportingOverflow(by: factor)
            guard !overflow, product >= 0, product <= most else {
                throw .tooLarge(
                    what: "\(what) of \(node.type) (node \(node.title))", value: overflow ? .max : product, most: most)
            }
            result = product
        }
        return result
    }
}
