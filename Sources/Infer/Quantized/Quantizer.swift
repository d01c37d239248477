import Base
import KernelTypes
import Kernels
import Runtime

/// Makes a network of 8-bit numbers from one of floats, after seeing what goes through it (post-training quantisation, in
/// ONNX's QDQ form): bytes for what convolutions read, signed bytes with one scale per channel for their weights.
/// https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
///
/// Use: `observe` for some hundred pictures, then `model()`.
package final class Quantizer {
    private let simplified: Rewriting
    private let plan: QuantizationPlan
    private let opset: Int
    /// The network, fused, which hands out every tensor that will be bytes.
    private let observing: Graph
    private let parts: EngineParts
    /// It, planned for the shapes of the pictures that came lately.
    private var engines = RecentValues<[Int], Engine>(capacity: 4)
    private let observed: [String]
    /// One for each tensor that is observed, or one for each of its channels.
    private var histograms: [[ValueHistogram]]
    /// For what lies in front of functions.
    private var spreads: [String: ChannelSpread] = [:]
    /// For what 1x1 convolutions read.
    private var products: [String: InputProducts] = [:]
    /// Some of the pictures, for the second look.
    private var kept: [BiasCorrection.Picture] = []
    private var keptEvery = 1
    private var roundings: [String: WeightRounding] = [:]
    /// Of pictures that come without one.
    private let inputShape: [Int]
    /// How many pictures it has seen.
    package private(set) var pictures = 0

    /// How many tensors became bytes; 0 before `model()`.
    package private(set) var tensors = 0
    /// How many convolutions get 8-bit weights.
    package var convolutions: Int { plan.convolutions.count }

    /// - Parameter inputShape: for the first input of pictures that come without a shape; needed where the file leaves
    ///   sides open, and counts for height and width whatever the file says.
    /// - Throws: when the model cannot be read or has nothing to quantize.
    package init(path: String, inputShape: [Int]? = nil, threads: Int = 0) throws(InferError) {
        parts = try EngineParts(threads: threads, kernels: "best")
        let graph = Fusion.simplified(
            try ModelFile.reading(try ReopenedFile(path).mapped(), beside: WeightFiles(beside: path)))
        guard !graph.nodes.contains(where: { $0.type == "QuantizeLinear" }) else {
            throw .malformed(what: "it is quantized already; give the one with floats")
        }
        opset = max(graph.nodes.map(\.opset).max() ?? 13, 13)
        simplified = Rewriting(try OpsetUpgrade.upgraded(graph))
        plan = QuantizationPlan(simplified)
        guard !plan.convolutions.isEmpty else {
            throw .malformed(what: "no convolution in it has weights that could be quantized")
        }
        var observing = simplified.finished()
        let made = Set(observing.nodes.flatMap(\.outputs)), fed = Set(observing.inputs.map(\.name))
        observed = plan.tensors.filter { made.contains($0) || fed.contains($0) }.sorted()
        observing.outputs = observed.map { ValueInfo(name: $0, type: ElementType.float.rawValue, shape: nil) }
        self.observing = Fusion.fused(observing)
        let engine = try parts.engine(self.observing, inputShape: inputShape, replacesSides: inputShape != nil)
        self.inputShape = engine.inputs.first?.shape ?? []
        histograms = []
        for (index, name) in observed.enumerated() {
            let shape = engine.outputs[index].shape
            let count = plan.perChannel.contains(name) && shape.count == 4 && shape[0] == 1 ? shape[1] : 1
            histograms.append([ValueHistogram](repeating: ValueHistogram(), count: count))
            guard shape.count == 4 else { continue }
            if plan.pointwise.contains(name) { products[name] = InputProducts(channels: shape[1]) }
            if plan.isReadByFunctionOnly(name, simplified), let function = plan.functions[name] {
                spreads[name] = ChannelSpread(function, channels: shape[1])
            }
        }
        _ = engines.value(for: self.inputShape) { engine }
    }

    /// One picture: `fill` writes the network's first input, row-major.
    /// - Parameter inputShape: of that input; nil: as it was told in the beginning. Channels stay as they are.
    /// - Throws: when the network cannot be planned for that shape.
    package func observe(inputShape: [Int]? = nil, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void)
        throws(InferError)
    {
        let shape = inputShape ?? self.inputShape
        let engine = try engines.value(for: shape) { () throws(InferError) in
            try parts.engine(observing, inputShape: shape, replacesSides: true)
        }
        unsafe engine.withInput(0) { unsafe fill($0) }
        keep(engine)
        engine.run()
        for index in observed.indices {
            let values = unsafe engine.output(index).values
            let each = values.count / histograms[index].count
            for channel in histograms[index].indices {
                let own = unsafe UnsafeBufferPointer(rebasing: values[channel * each..<(channel + 1) * each])
                unsafe histograms[index][channel].add(own)
            }
            unsafe add(observed[index], values, pictures: engine.output(index).shape[0])
        }
        pictures += 1
    }

    private func add(_ name: String, _ values: UnsafeBufferPointer<Float>, pictures: Int) {
        guard products[name] != nil || spreads[name] != nil, pictures > 0 else { return }
        let each = values.count / pictures
        for first in stride(from: 0, to: values.count, by: max(each, 1)) {
            let planes = unsafe UnsafeBufferPointer(rebasing: values[first..<first + each])
            unsafe products[name]?.add(planes)
            unsafe spreads[name]?.add(planes)
        }
    }

    /// Every so many pictures one, so that the kept ones are from all over: when there are too many, every other one goes.
    private func keep(_ engine: Engine) {
        guard pictures % keptEvery == 0, let shape = engine.inputs.first?.shape else { return }
        if kept.count >= BiasCorrection.pictures(of: shape.reduce(1, *)) {
            kept = stride(from: 0, to: kept.count, by: 2).map { kept[$0] }
            keptEvery *= 2
            guard pictures % keptEvery == 0 else { return }
        }
        unsafe engine.withInput(0) { input in
            unsafe kept.append(BiasCorrection.Picture(shape: shape, values: Array(input)))
        }
    }

    /// The quantized network as the bytes of an ONNX file.
    package func model() throws(InferError) -> [UInt8] {
        let scales = scales()
        tensors = scales.count
        roundings = products.mapValues { WeightRounding($0) }
        return try ModelWriter.model(quantized(scales, try corrections(scales)), opset: opset)
    }

    // MARK: Scales

    /// Bytes in front of a function may blur its results by so much of how far they spread within a channel. Beyond it the
    /// function is computed from floats, which is dearer.
    private static let mostNoise = 0.04

    private func scales() -> [String: [ByteScale]] {
        var groups: [String: [ValueHistogram]] = [:]
        for (index, name) in observed.enumerated() {
            let group = plan.group(name)
            guard var together = groups[group] else {
                groups[group] = histograms[index]
                continue
            }
            for channel in together.indices { together[channel].add(histograms[index][channel]) }
            groups[group] = together
        }
        var chosen: [String: [ByteScale]] = [:]
        for (name, together) in groups {
            let function = plan.functions[name], scales = together.map { $0.byteScale(before: function) }
            if let function, let spread = spreads[name], scales.count == 1 {
                let error = together[0].error(of: scales[0], before: function)
                if error > Self.mostNoise * Self.mostNoise * spread.variance { continue }
            }
            chosen[name] = scales
        }
        var scales: [String: [ByteScale]] = [:]
        for (index, name) in observed.enumerated() {
            // A picture had bytes before: a step of theirs stays a step, whatever it was normalised with.
            let isPicture = simplified.producer[name] == nil
            if isPicture { chosen[plan.group(name)] = histograms[index].map(\.wholeScale) }
            scales[name] = chosen[plan.group(name)]
        }
        return scales
    }

    // MARK: The graph

    /// What is added to the biases of each convolution.
    private func corrections(_ scales: [String: [ByteScale]]) throws(InferError) -> [Int: [Float]] {
        var corrections: [Int: [Float]] = [:]
        let all = plan.convolutions
        for first in stride(from: 0, to: all.count, by: BiasCorrection.together) {
            let batch = all[first..<min(first + BiasCorrection.together, all.count)]
            let (graph, probes, places) = probed(Array(batch), scales)
            guard !probes.isEmpty else { continue }
            let shifts = try BiasCorrection.shifts(Fusion.fused(graph), probes, kept, parts)
            for (place, shift) in zip(places, shifts) { corrections[place] = shift }
        }
        return corrections
    }

    /// The network in floats, and beside some of its convolutions the same with bytes.
    private func probed(_ convolutions: [Int], _ scales: [String: [ByteScale]]) -> (
        Graph, [BiasCorrection.Probe], [Int]
    ) {
        var graph = simplified.finished()
        var probes: [BiasCorrection.Probe] = [], places: [Int] = []
        var paired: Set<String> = []
        for place in convolutions {
            guard var node = simplified.nodes[place], let input = node.inputs.first, scales[input] != nil,
                let output = node.outputs.first
            else { continue }
            let weights = weights(of: &node, scales, nil, &graph)
            if paired.insert(input).inserted { graph.nodes += pair(input, scales, &graph) }
            graph.nodes += weights
            node.inputs[0] = "\(input)@real"
            node.outputs = ["\(output)@probe"]
            graph.nodes.append(node)
            probes.append(BiasCorrection.Probe(floats: output, bytes: node.outputs[0]))
            places.append(place)
        }
        graph.outputs = probes.flatMap { [$0.floats, $0.bytes] }.map {
            ValueInfo(name: $0, type: ElementType.float.rawValue, shape: nil)
        }
        return (graph, probes, places)
    }

    private func quantized(_ scales: [String: [ByteScale]], _ corrections: [Int: [Float]]) -> Graph {
        var graph = simplified.finished()
        var nodes: [Node] = []
        for name in graph.inputs.map(\.name) where scales[name] != nil {
            nodes += pair(name, scales, &graph)
        }
        for (index, original) in simplified.nodes.enumerated() {
            guard var node = original else { continue }
            if plan.convolutions.contains(index) { nodes += weights(of: &node, scales, corrections[index], &graph) }
            node.inputs = node.inputs.map { scales[$0] == nil ? $0 : "\($0)@real" }
            nodes.append(node)
            for name in node.outputs where scales[name] != nil { nodes += pair(name, scales, &graph) }
        }
        graph.nodes = nodes
        let read = Set(nodes.flatMap(\.inputs)).union(graph.outputs.map(\.name))
        graph.constants = graph.constants.filter { read.contains($0.key) }
        return graph
    }

    /// QuantizeLinear and DequantizeLinear behind a tensor.
    private func pair(_ name: String, _ scales: [String: [ByteScale]], _ graph: inout Graph) -> [Node] {
        guard let own = scales[name] else { return [] }
        let numbers = ["\(name)@scale", "\(name)@zero"], sides = own.count > 1 ? [own.count] : []
        graph.constants[numbers[0]] = ConstantTensor(name: numbers[0], shape: sides, floats: own.map(\.scale))
        graph.constants[numbers[1]] = ConstantTensor(
            name: numbers[1], shape: sides, type: .uint8, integers: own.map { Int64($0.zeroPoint) })
        let axis: [String: Attribute] = own.count > 1 ? ["axis": .int(1)] : [:]
        return [
            Node(
                name: "\(name)@quantize", type: "QuantizeLinear", inputs: [name] + numbers, outputs: ["\(name)@bytes"],
                attributes: axis, opset: opset),
            Node(
                name: "\(name)@dequantize", type: "DequantizeLinear", inputs: ["\(name)@bytes"] + numbers,
                outputs: ["\(name)@real"], attributes: axis, opset: opset),
        ]
    }

    /// Signed bytes in -127...127 with one scale per output channel, and biases at the scale of the sums.
    /// - Parameter correction: is added to the biases.
    private func weights(
        of node: inout Node, _ scales: [String: [ByteScale]], _ correction: [Float]?, _ graph: inout Graph
    ) -> [Node] {
        guard let inputs = scales[node.inputs[0]], let weight = graph.constants[node.inputs[1]],
            case .floats(let buffer) = weight.content
        else { return [] }
        let all = buffer.array(), channels = weight.shape[0], each = all.count / channels
        let bias = corrected(self.bias(of: node, graph), correction)
        let rounding = plan.isPointwise(weight) ? roundings[node.inputs[0]] : nil
        var bytes: [Int64] = [], factors: [Float] = [], sums: [Float] = []
        for channel in 0..<channels {
            let own = all[channel * each..<(channel + 1) * each]
            let largest = own.reduce(0) { max($0, $1.magnitude) }
            // A channel of tiny weights with a large bias: the bias has to fit as well.
            let offset = bias.map { $0[channel].magnitude } ?? 0, input = inputs[inputs.count > 1 ? channel : 0].scale
            // The scale of the sums is a product, and must not vanish.
            let least = max(Float.leastNormalMagnitude * 0x1p20, .leastNormalMagnitude / input)
            let factor = max(largest / 127, offset / input / 0x1p28, least)
            sums.append(factor * input)
            factors.append(factor)
            if let rounding, rounding.channels == each {
                bytes += rounding.rounded(own, scale: factor)
            } else {
                bytes += own.map { Int64(max(-127, min(127, ($0 / factor).rounded(.toNearestOrEven)))) }
            }
        }
        // Weights may serve several convolutions: these bytes belong to this one.
        let title = "\(node.outputs[0])@weights"
        var nodes = [
            dequantized(
                title, ConstantTensor(name: title, shape: weight.shape, type: .int8, integers: bytes), factors, &graph)
        ]
        node.inputs[1] = "\(title)@real"
        if let bias {
            let rounded = bias.indices.map { channel -> Int64 in
                Int64(exactly: (Double(bias[channel]) / Double(sums[channel])).rounded()) ?? 0
            }
            let name = "\(node.outputs[0])@bias"
            nodes.append(
                dequantized(
                    name, ConstantTensor(name: name, shape: [channels], type: .int32, integers: rounded),
                    sums, &graph))
            node.inputs = Array(node.inputs.prefix(2)) + ["\(name)@real"]
        }
        return nodes
    }

    private func corrected(_ bias: [Float]?, _ correction: [Float]?) -> [Float]? {
        guard let correction else { return bias }
        guard let bias else { return correction }
        return zip(bias, correction).map { $0 + $1 }
    }

    private func bias(of node: Node, _ graph: Graph) -> [Float]? {
        guard node.inputs.count > 2, let tensor = graph.constants[node.inputs[2]],
            case .floats(let buffer) = tensor.content
        else { return nil }
        return buffer.array()
    }

    private func dequantized(_ name: String, _ tensor: ConstantTensor, _ factors: [Float], _ graph: inout Graph) -> Node
    {
        let inputs = ["\(name)@bytes", "\(name)@scale", "\(name)@zero"]
        graph.constants[inputs[0]] = tensor
        graph.constants[inputs[1]] = ConstantTensor(name: inputs[1], shape: [factors.count], floats: factors)
        graph.constants[inputs[2]] = ConstantTensor(
            name: inputs[2], shape: [factors.count], type: tensor.type,
            integers: [Int64](repeating: 0, count: factors.count))
        return Node(
            name: "\(name)@dequantize", type: "DequantizeLinear", inputs: inputs, outputs: ["\(name)@real"],
            attributes: ["axis": .int(0)], opset: opset)
    }
}
