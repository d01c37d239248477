import KernelTypes

/// The transpose of Conv: the input with zeros between its pixels, convolved with the turned weights. Two spatial axes.
enum ConvTransposeOperator: Operator {
    static let name = "ConvTranspose"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let geometry = try TransposedGeometry(call)
        let spread = try spread(try call.input(0), geometry, lowering)
        guard let weights = lowering.knownBuffer(try call.input(1)) else {
            throw call.unsupported("weights that are not known when the model is loaded")
        }
        let turned = FloatBuffer(geometry.turned(weights.array()))
        let shape = [geometry.outputs, geometry.channels / geometry.groups] + geometry.kernel
        var node = call.node
        node.attributes = [
            "pads": .ints(geometry.pads), "dilations": .ints(geometry.dilations), "group": .int(geometry.groups),
        ]
        let inputs: [Value?] = [spread, .floats(shape, lowering.constant(turned)), call.optional(2)]
        return try ConvOperator.lower(Call(node: node, inputs: inputs), lowering)
    }

    private static func spread(_ value: Value, _ geometry: TransposedGeometry, _ lowering: Lowering) throws(InferError)
        -> Value
    {
        if geometry.strides == [1, 1] { return value }
        let shape = Array(value.shape[..<2]) + zip(value.shape[2...], geometry.strides).map { ($0 - 1) * $1 + 1 }
        _ = try Limits.elements(of: shape)
        let source = try lowering.dense(value)
        let target = try lowering.newDense(shape)
        var places = IndexMap(identity: shape)
        for axis in 2..<4 {
            places.offsets[axis] = places.offsets[axis].enumerated()
                .filter { $0.offset % geometry.strides[axis - 2] == 0 }.map(\.element)
        }
        try lowering.emit(reads: [source], writes: [target]) { memory in
            unsafe PadStep(places, 0, from: memory.pointer(source), to: memory.pointer(target), floats: target.count)
        }
        return .floats(shape, target)
    }
}

/// The sides of a ConvTranspose, checked.
private struct TransposedGeometry {
    let channels: Int
    let outputs: Int
    let groups: Int
    let kernel: [Int]
    let strides: [Int]
    let dilations: [Int]
    /// Of the convolution over the spread input.
    let pads: [Int]

    init(_ call: Call) throws(InferError) {
        let (input, weight) = (try call.input(0).shape, try call.input(1).shape)
        guard input.count == 4, weight.count == 4 else {
            throw call.unsupported("input \(input) with weights \(weight)")
        }
        guard call.node.attributes["output_shape"] == nil, try call.string("auto_pad", "NOTSET") == "NOTSET" else {
            throw call.unsupported("output_shape or auto_pad")
        }
        groups = try call.int("group", 1)
        kernel = Array(weight[2...])
        strides = try call.ints("strides") ?? [1, 1]
        dilations = try call.ints("dilations") ?? [1, 1]
        let cut = try call.ints("pads") ?? [0, 0, 0, 0]
        let more = try call.ints("output_padding") ?? [0, 0]
        channels = input[1]
        guard groups > 0, channels == weight[0], channels % groups == 0, channels > 0 else {
            throw call.invalid("input \(input) with weights \(weight) in \(groups) groups")
        }
        outputs = try call.product([weight[1], groups], most: Limits.tensorElements, "the channels")
        guard strides.count == 2, dilations.count == 2, cut.count == 4, more.count == 2,
            (strides + dilations + kernel).allSatisfy({ $0 > 0 }), (cut + more).allSatisfy({ $0 >= 0 }),
            input[2] > 0, input[3] > 0
        else { throw call.invalid("strides \(strides), dilations \(dilations), pads \(cut), output_padding \(more)") }
        var pads: [Int] = []
        for (index, pad) in cut.enumerated() {
            let span = (kernel[index % 2] - 1) * dilations[index % 2]
            pads.append(span - pad + (index < 2 ? 0 : more[index - 2]))
        }
        guard pads.allSatisfy({ $0 >= 0 }) else { throw call.unsupported("pads \(cut) wider than the kernel") }
        self.pads = pads
    }

    /// [inputs][outputs / groups][y][x] as [outputs][inputs / groups][-y][-x].
    func turned(_ weights: [Float]) -> [Float] {
        let (ins, outs, area) = (channels / groups, outputs / groups, kernel[0] * kernel[1])
        var turned = [Float](repeating: 0, count: weights.count)
        for index in weights.indices {
            let (tap, output, input) = (index % area, index / area % outs, index / (area * outs))
            let row = (input / ins * outs + output) * ins + input % ins
            turned[row * area + area - 1 - tap] = weights[index]
        }
        return turned
    }
}
