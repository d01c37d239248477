/// YOLOX begins with four strided Slices that are concatenated and convolved ("Focus"). That is the same as one convolution of
/// the picture with twice the kernel and twice the stride, with as many multiply-adds and nothing moved:
/// w'[m][c][2·ky + dy][2·kx + dx] = w[m][quarter(dy, dx) · C + c][ky][kx]
extension Rewriting {
    mutating func foldSpaceToDepth() {
        for index in nodes.indices {
            guard let node = nodes[index], node.type == "Conv", node.inputs.count >= 2, !node.outputs.isEmpty,
                let joined = node.inputs.first,
                uses(joined) == 1, let at = self.node(making: joined, type: "Concat", before: index),
                let concat = nodes[at],
                let quarters = quarters(concat, at: at), let wide = widened(node, quarters.places)
            else { continue }
            replace(index, with: wide.node)
            add(wide.weights)
            replace(at, with: nil)
        }
        dropUnread()
    }

    /// Where each quarter of the picture begins: (row, column) in 0...1, and the one tensor that they are cut from.
    private func quarters(_ concat: Node, at index: Int) -> (source: String, places: [(y: Int, x: Int)])? {
        guard case .int(1) = concat.attributes["axis"], concat.inputs.count == 4 else { return nil }
        var source: String?
        var places: [(y: Int, x: Int)] = []
        for name in concat.inputs {
            guard let cut = cut(name, before: index), source == nil || source == cut.source else { return nil }
            source = cut.source
            places.append(cut.place)
        }
        guard let source, Set(places.map { $0.y * 2 + $0.x }).count == 4 else { return nil }
        return (source, places)
    }

    /// Follows Slices with step 2 along the rows and the columns, each once.
    private func cut(_ name: String, before index: Int) -> (source: String, place: (y: Int, x: Int))? {
        var starts: [Int: Int] = [:]
        var (name, index) = (name, index)
        while starts.count < 2 {
            guard let at = node(making: name, type: "Slice", before: index), let slice = nodes[at],
                slice.inputs.count == 5,
                let start = integer(slice.inputs[1]), let end = integer(slice.inputs[2]),
                let axis = integer(slice.inputs[3]),
                integer(slice.inputs[4]) == 2, (0...1).contains(start), end >= Int(Int32.max), (2...3).contains(axis),
                starts[axis] == nil
            else { return nil }
            starts[axis] = start
            (name, index) = (slice.inputs[0], at)
        }
        guard let y = starts[2], let x = starts[3] else { return nil }
        return (name, (y, x))
    }

    private func integer(_ name: String) -> Int? {
        guard let tensor = constant(name), case .integers(let list) = tensor.content, list.count == 1 else {
            return nil
        }
        return Attribute.clamped(list[0])
    }

    private func widened(_ node: Node, _ places: [(y: Int, x: Int)]) -> (node: Node, weights: ConstantTensor)? {
        guard let weight = constant(node.inputs[1]), weight.shape.count == 4, weight.shape[1] % 4 == 0,
            case .floats(let buffer) = weight.content, buffer.count > 0, node.attributes["auto_pad"] == nil,
            isOne(node.attributes["group"]), isOnes(node.attributes["dilations"]),
            let source = producer[node.inputs[0]].flatMap({ nodes[$0] }).flatMap({ concat in
                quarters(concat, at: producer[node.inputs[0]] ?? 0)?.source
            })
        else { return nil }
        let (outputs, channels) = (weight.shape[0], weight.shape[1] / 4)
        let (height, width) = (weight.shape[2], weight.shape[3])
        let old = buffer.array()
        var new = [Float](repeating: 0, count: old.count)
        for index in old.indices {
            let (kx, ky) = (index % width, index / width % height)
            let channel = index / (width * height) % (4 * channels)
            let output = index / (width * height * 4 * channels)
            let place = places[channel / channels]
            let row = (output * channels + channel % channels) * 2 * height + 2 * ky + place.y
            new[row * 2 * width + 2 * kx + place.x] = old[index]
        }
        var wide = node
        wide.inputs[0] = source
        wide.inputs[1] = "\(node.outputs[0])/widened"
        wide.attributes["kernel_shape"] = .ints([2 * height, 2 * width])
        wide.attributes["strides"] = doubled(node.attributes["strides"], [1, 1])
        wide.attributes["pads"] = doubled(node.attributes["pads"], [0, 0, 0, 0])
        let shape = [outputs, channels, 2 * height, 2 * width]
        return (wide, ConstantTensor(name: wide.inputs[1], shape: shape, floats: new))
    }

    private func doubled(_ attribute: Attribute?, _ standard: [Int]) -> Attribute {
        guard case .ints(let list) = attribute else { return .ints(standard.map { $0 * 2 }) }
        return .ints(list.map { $0 * 2 })
    }

    private func isOne(_ attribute: Attribute?) -> Bool {
        guard let attribute else { return true }
        if case .int(1) = attribute { return true }
        return false
    }

    private func isOnes(_ attribute: Attribute?) -> Bool {
        guard let attribute else { return true }
        if case .ints(let list) = attribute { return list.allSatisfy { $0 == 1 } }
        return false
    }

    /// Slices that nothing reads any more.
    private mutating func dropUnread() {
        for index in nodes.indices.reversed() {
            guard let node = nodes[index], node.type == "Slice", node.outputs.allSatisfy({ uses($0) == 0 }) else {
                continue
            }
            replace(index, with: nil)
        }
    }
}
