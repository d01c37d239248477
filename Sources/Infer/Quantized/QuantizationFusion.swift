import KernelTypes
import Kernels

/// Models in QDQ form say "dequantize, convolve with floats, quantize". These rewrites tell a node how its result becomes
/// bytes, so that lowering can do all three at once: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
extension Rewriting {
    mutating func fuseQuantization() {
        shareDequantizations()
        takeTargets()
        takeTables()
    }

    /// Several DequantizeLinear of the same bytes become one.
    private mutating func shareDequantizations() {
        var first: [[String]: String] = [:]
        var alias: [String: String] = [:]
        for index in nodes.indices {
            guard let node = renamed(index, alias), node.type == "DequantizeLinear", node.attributes.isEmpty,
                node.outputs.count == 1, let output = node.outputs.first, !isOutput(output)
            else { continue }
            if let same = first[node.inputs] {
                alias[output] = same
                replace(index, with: nil)
            } else {
                first[node.inputs] = output
            }
        }
    }

    /// Conv, Add and Concat that are quantized right away, and not read otherwise.
    private mutating func takeTargets() {
        for index in nodes.indices {
            guard let node = nodes[index], let scale = byteScales(node), let name = node.inputs.first,
                uses(name) == 1, let at = producer[name], at < index, var made = nodes[at], made.target == nil,
                ["Conv", "Add", "Concat"].contains(made.type), made.outputs.count == 1
            else { continue }
            made.target = ByteTarget(scale.scales, scale.type)
            made.outputs = node.outputs
            replace(index, with: nil)
            replace(at, with: made)
        }
    }

    /// Scales and type of a QuantizeLinear, for all bytes or for each channel.
    private func byteScales(_ node: Node) -> (scales: ByteScales, type: ElementType)? {
        if let one = byteScale(node, "QuantizeLinear") { return (ByteScales(one.scale), one.type) }
        guard node.type == "QuantizeLinear", node.inputs.count == 3, node.outputs.count == 1,
            node.attributes["block_size"] == nil,
            let scale = constant(node.inputs[1]), case .floats(let buffer) = scale.content, buffer.count > 1,
            let zero = constant(node.inputs[2]), case .integers(let zeros) = zero.content, zeros.count == buffer.count
        else { return nil }
        if let axis = node.attributes["axis"] { guard case .int(1) = axis else { return nil } }
        var list: [ByteScale] = []
        for (factor, zero) in zip(buffer.array(), zeros) {
            guard let one = ByteScale(scale: factor, zeroPoint: zero, type: constant(node.inputs[2])?.type ?? .uint8)
            else { return nil }
            list.append(one)
        }
        return ByteScales(list).map { ($0, zero.type) }
    }

    /// Scale and type of a QuantizeLinear or DequantizeLinear with one scale for all bytes.
    private func byteScale(_ node: Node, _ type: String) -> (scale: ByteScale, type: ElementType)? {
        guard node.type == type, node.inputs.count >= 2, node.outputs.count == 1,
            let scale = constant(node.inputs[1]), case .floats(let buffer) = scale.content, buffer.count == 1,
            let factor = buffer.array().first
        else { return nil }
        guard node.inputs.count > 2, !node.inputs[2].isEmpty else {
            // Without a zero point QuantizeLinear makes unsigned bytes; what DequantizeLinear reads is not said here.
            return node.attributes["output_dtype"] == nil
                ? ByteScale(scale: factor, zeroPoint: 0, type: .uint8).map { ($0, .uint8) } : nil
        }
        guard let zero = constant(node.inputs[2]), case .integers(let list) = zero.content, list.count == 1,
            let bytes = ByteScale(scale: factor, zeroPoint: list[0], type: zero.type)
        else { return nil }
        return (bytes, zero.type)
    }

    /// Conv → bytes → function of one number → bytes: 256 answers, written down when the model is loaded.
    private mutating func takeTables() {
        for index in nodes.indices {
            guard var node = nodes[index], node.type == "Conv", var target = node.target else { continue }
            while let step = tableStep(after: index) {
                let before = target.function?.table ?? (0...255).map { UInt8($0) }
                target.function = (before.map { step.table[Int($0)] }, step.scale)
                target.type = step.type
                node.target = target
                node.outputs = [step.output]
                for removed in step.nodes { replace(removed, with: nil) }
                replace(index, with: node)
            }
        }
    }

    private struct TableStep {
        var table: [UInt8]
        var scale: ByteScale
        var type: ElementType
        var output: String
        var nodes: [Int]
    }

    /// The function that alone reads what a node leaves: an activation, or x · gate(x), with or without bytes between.
    private func tableStep(after index: Int) -> TableStep? {
        func only(_ name: String) -> (index: Int, node: Node)? {
            guard !isOutput(name), let list = readers[name], list.count == 1, let node = nodes[list[0]],
                list[0] > index
            else { return nil }
            return (list[0], node)
        }
        guard let bytes = nodes[index]?.outputs.first, let dequantize = only(bytes),
            let from = byteScale(dequantize.node, "DequantizeLinear"), let x = dequantize.node.outputs.first,
            !isOutput(x), let users = readers[x]
        else { return nil }
        func real(_ byte: UInt8) -> Float { from.scale.real(byte) }
        if users.count == 1, let user = only(x), let activation = activation(of: user.node),
            let end = only(user.node.outputs[0]), let to = byteScale(end.node, "QuantizeLinear")
        {
            return TableStep(
                table: (0...255).map { to.scale.byte(activation.applied(to: real($0))) }, scale: to.scale,
                type: to.type, output: end.node.outputs[0], nodes: [dequantize.index, user.index, end.index])
        }
        // x · gate(x)
        guard users.count == 2, let gateAt = users.first(where: { nodes[$0]?.type != "Mul" }),
            let gateNode = nodes[gateAt], let gate = activation(of: gateNode), gateAt > index
        else { return nil }
        var removed = [dequantize.index, gateAt]
        var name = gateNode.outputs[0]
        var rounded: (ByteScale)?
        if let quantize = only(name), let scale = byteScale(quantize.node, "QuantizeLinear"),
            let back = only(quantize.node.outputs[0]),
            byteScale(back.node, "DequantizeLinear").map({ $0 == scale }) == true
        {
            rounded = scale.scale
            name = back.node.outputs[0]
            removed += [quantize.index, back.index]
        }
        guard let product = only(name), product.node.type == "Mul", product.node.inputs.sorted() == [x, name].sorted(),
            users.contains(product.index), let end = only(product.node.outputs[0]),
            let to = byteScale(end.node, "QuantizeLinear")
        else { return nil }
        let table = (0...255).map { (byte: UInt8) -> UInt8 in
            let opened = gate.applied(to: real(byte))
            return to.scale.byte(real(byte) * (rounded.map { $0.real($0.byte(opened)) } ?? opened))
        }
        return TableStep(
            table: table, scale: to.scale, type: to.type, output: end.node.outputs[0],
            nodes: removed + [product.index, end.index])
    }
}

extension Activation {
    /// Of one number.
    func applied(to x: Float) -> Float {
        var result: Float = 0
        unsafe withUnsafePointer(to: x) { source in
            unsafe withUnsafeMutablePointer(to: &result) { unsafe KernelTable.scalar.activate(source, $0, 1, self) }
        }
        return result
    }
}
