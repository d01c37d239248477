import KernelTypes

/// A graph with its input shapes, ready to run: the steps in order, where every tensor lies, and how much memory that takes.
struct Plan {
    struct Terminal {
        let name: String
        let shape: [Int]
        let layout: Layout
        /// When only some of the entries mean something. They come first in the tensor.
        var length: RunTimeLength?
    }

    let lowering: Lowering
    let inputs: [Terminal]
    let outputs: [Terminal]
    /// Where each storage starts in the workspace, in floats.
    let offsets: [Int: Int]
    let workspaceFloats: Int

    /// - Parameters:
    ///   - shapes: the shape of each graph input.
    ///   - constants: those of other plans of the same network.
    init(_ graph: Graph, shapes: [[Int]], kernels: KernelTable, threads: Int, constants: ConstantPool)
        throws(InferError)
    {
        lowering = Lowering(kernels: kernels, threads: threads, constants: constants)
        var values: [String: Value] = [:]
        for (name, tensor) in graph.constants { values[name] = lowering.value(of: tensor) }
        inputs = try Self.terminals(for: graph.inputs, shapes, lowering, &values)
        let names = Set(graph.outputs.map(\.name))
        for node in graph.nodes { try Self.lower(node, outputs: names, lowering, &values) }
        outputs = try Self.outputs(of: graph, values, lowering)
        lowering.dropUnreadSteps()
        (offsets, workspaceFloats) = Self.placed(lowering.storages, steps: lowering.drafts)
    }

    private static func terminals(
        for inputs: [ValueInfo], _ shapes: [[Int]], _ lowering: Lowering, _ values: inout [String: Value]
    ) throws(InferError) -> [Terminal] {
        var terminals: [Terminal] = []
        for (input, shape) in zip(inputs, shapes) {
            let layout = try lowering.newDense(shape)
            lowering.keep(layout, fromStart: true)
            values[input.name] = .floats(shape, layout)
            terminals.append(Terminal(name: input.name, shape: shape, layout: layout))
        }
        return terminals
    }

    private static func lower(
        _ node: Node, outputs: Set<String>, _ lowering: Lowering,
        _ values: inout [String: Value]
    ) throws(InferError) {
        guard let row = OperatorTable.byName[node.type] else {
            throw .unknownOperator(name: node.type, node: node.title)
        }
        var inputs: [Value?] = []
        for name in node.inputs + node.addends {
            guard let value = values[name] else {
                guard name.isEmpty else {
                    throw .invalid(
                        operator: node.type, node: node.title, what: "input \(name) is not made by any node before it")
                }
                inputs.append(nil)
                continue
            }
            inputs.append(value)
        }
        let results = try lowering.lower(
            node, row, inputs: inputs, isOutput: node.outputs.contains(where: outputs.contains))
        guard node.outputs.count <= results.count else {
            throw .unsupported(operator: node.type, node: node.title, what: "output \(results.count)")
        }
        for (name, value) in zip(node.outputs, results) {
            let count = try Limits.elements(of: value.shape)
            if case .integers = value.content { try lowering.countKnown(count, "integers of node \(node.title)") }
            values[name] = value
        }
    }

    /// Outputs are handed out as dense tensors that live until the next run.
    private static func outputs(of graph: Graph, _ values: [String: Value], _ lowering: Lowering) throws(InferError)
        -> [Terminal]
    {
        guard !graph.outputs.isEmpty else { throw .malformed(what: "the graph has no outputs") }
        var terminals: [Terminal] = []
        for output in graph.outputs {
            guard let value = values[output.name] else {
                throw .malformed(what: "output \(output.name) is not made by any node")
            }
            let length = try length(of: value, named: output.name, lowering)
            let layout = try lowering.dense(value)
            // A constant is not touched by any step, so a copy brings it into the workspace.
            let owned =
                lowering.isConstant(value) && layout.count > 0
                ? try lowering.copied(layout, to: try lowering.newDense(value.shape)) : layout
            lowering.keep(owned, fromStart: false)
            terminals.append(Terminal(name: output.name, shape: value.shape, layout: owned, length: length))
        }
        return terminals
    }

    /// With the number of entries in the workspace.
    private static func length(of value: Value, named name: String, _ lowering: Lowering) throws(InferError)
        -> RunTimeLength?
    {
        guard let length = value.length else { return nil }
        guard value.shape[..<length.axis].allSatisfy({ $0 == 1 }) else {
            throw .unsupported(
                operator: "output", node: name, what: "a length known only after the run along axis \(length.axis)")
        }
        let isConstant = lowering.isConstant(.floats([1], length.count))
        let owned = isConstant ? try lowering.copied(length.count, to: try lowering.newDense([1])) : length.count
        lowering.keep(owned, fromStart: false)
        return RunTimeLength(axis: length.axis, most: length.most, count: owned)
    }

    /// The places of all storages that a step writes or that somebody outside reads or writes.
    private static func placed(_ storages: [Storage], steps: [Draft]) -> (offsets: [Int: Int], floats: Int) {
        var used = Set(storages.indices.filter { storages[$0].last == .max })
        for step in steps {
            for layout in step.reads + step.writes { used.formUnion(layout.blocks.map(\.storage)) }
        }
        let order = used.filter { storages[$0].constant == nil }.sorted()
        let plan = MemoryPlan.placed(
            order.map { Lifetime(floats: storages[$0].floats, first: storages[$0].first, last: storages[$0].last) })
        return (Dictionary(uniqueKeysWithValues: zip(order, plan.starts)), plan.floats)
    }
}
