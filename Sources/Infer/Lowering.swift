import KernelTypes

/// Memory that a tensor or several live in.
struct Storage {
    var floats: Int
    /// Known at load time: weights and folded constants. Nil: a slot of the workspace.
    var constant: FloatBuffer?
    /// The first and the last step that touch it.
    var first: Int
    var last: Int
}

/// One step of a pass before it has addresses.
struct Draft {
    let title: String
    let type: String
    let reads: [Layout]
    let writes: [Layout]
    let multiplyAdds: Int
    let make: (Memory) -> any Step
}

/// Turns a graph with known input shapes into steps: each operator says where its result lies and which work it needs.
final class Lowering {
    let kernels: KernelTable
    /// The most pieces of one step that run at the same time.
    let threads: Int
    private(set) var storages: [Storage] = []
    private(set) var drafts: [Draft] = []
    private(set) var multiplyAdds = 0
    var origins = Origins()
    /// Those of other plans of the same network: what is packed here may be there already.
    let constants: ConstantPool
    /// Weights that operators have packed for themselves.
    var weightFloats = 0
    private var floats = 0
    private var blocks = 0
    private var known = 0
    private var leavesNoGaps = false
    /// What weights are put in order in before they are packed; the largest so far.
    private var ordering: FixedList<Int8>?
    private var current = (title: "", type: "")

    init(kernels: KernelTable, threads: Int, constants: ConstantPool) {
        self.kernels = kernels
        self.threads = threads
        self.constants = constants
    }

    // MARK: Nodes

    /// Lowers one node. When everything that goes in is known, its steps run now and leave constants behind.
    /// - Parameter isOutput: the graph hands the result out, so planes should lie without gaps from the start.
    func lower(_ node: Node, _ row: any Operator.Type, inputs: [Value?], isOutput: Bool) throws(InferError) -> [Value] {
        current = (node.title, node.type)
        leavesNoGaps = isOutput
        defer { leavesNoGaps = false }
        let firstDraft = drafts.count
        let firstStorage = storages.count
        var inputs = inputs
        if !row.takesBytes {
            for index in inputs.indices { inputs[index] = try inputs[index].map(inFloats) }
        }
        let call = Call(node: node, inputs: inputs)
        var results = try withLength(try row.lower(call, self), of: call)
        if let target = node.target, let result = results.first { results = [try finished(result, target)] }
        let allKnown = !inputs.contains { $0.map { !isConstant($0) } ?? false }
        if allKnown && drafts.count > firstDraft { try fold(drafts: firstDraft, storages: firstStorage) }
        return results
    }

    func isConstant(_ value: Value) -> Bool {
        switch value.content {
        case .integers: true
        case .floats(let layout): layout.blocks.allSatisfy { storages[$0.storage].constant != nil }
        case .int8x4: false
        }
    }

    /// The same value, not as bytes.
    func inFloats(_ value: Value) throws(InferError) -> Value {
        guard case .int8x4(let int8x4) = value.content else { return value }
        var value = value
        value.content = .floats(try dequantized(int8x4, value.type))
        return value
    }

    private func fold(drafts firstDraft: Int, storages firstStorage: Int) throws(InferError) {
        for index in firstStorage..<storages.count where storages[index].constant == nil {
            storages[index].constant = FloatBuffer(count: storages[index].floats)
        }
        let folding = drafts[firstDraft...]
        let memory = Memory(storages, drafts: folding, offsets: [:], workspace: try Workspace(floats: 0))
        for draft in folding { draft.make(memory).run(.whole) }
        drafts.removeSubrange(firstDraft...)
    }

    // MARK: Memory

    /// Room for `shape`, in blocks of `blockSize` floats that start at multiples of 64 bytes, unless the graph hands the
    /// tensor out. Planes of several pictures lie channel by channel, so that a channel of all of them is one run.
    func newTensor(_ shape: [Int], blockSize: Int) throws(InferError) -> Layout {
        let count = try Limits.elements(of: shape)
        guard count > 0, blockSize > 0 else { return .empty }
        if shape.count == 4, shape[0] > 1, blockSize == shape[2] * shape[3], !leavesNoGaps {
            let joined = try newBlocks(shape[1], of: shape[0] * blockSize, leavesNoGaps: false)
            try countBlocks(count / blockSize)
            return joined.parted(images: shape[0])
        }
        return try newBlocks(count / blockSize, of: blockSize, leavesNoGaps: leavesNoGaps)
    }

    /// Memory that is needed during one step only: `floats` for each thread, 64-byte aligned.
    func newScratch(floats: Int) throws(InferError) -> Layout {
        try newBlocks(threads, of: max(floats, 1), leavesNoGaps: false)
    }

    private func newBlocks(_ number: Int, of blockSize: Int, leavesNoGaps: Bool) throws(InferError) -> Layout {
        guard number <= Limits.blocksPerTensor else {
            throw .tooLarge(what: "the number of planes of a tensor", value: number, most: Limits.blocksPerTensor)
        }
        let pitch = number == 1 || leavesNoGaps ? blockSize : (blockSize + 15) & ~15
        let storage = try newStorage(floats: pitch * number)
        try countBlocks(number)
        return Layout(blockSize: blockSize, blocks: (0..<number).map { Block(storage: storage, offset: $0 * pitch) })
    }

    func newDense(_ shape: [Int]) throws(InferError) -> Layout {
        try newTensor(shape, blockSize: try Limits.elements(of: shape))
    }

    private func newStorage(floats count: Int) throws(InferError) -> Int {
        floats += count
        guard floats <= Limits.workspaceFloats else {
            throw .tooLarge(what: "the memory of all tensors in floats", value: floats, most: Limits.workspaceFloats)
        }
        storages.append(Storage(floats: count, constant: nil, first: drafts.count, last: drafts.count))
        return storages.count - 1
    }

    func countBlocks(_ count: Int) throws(InferError) {
        blocks += count
        guard blocks <= Limits.blocks else {
            throw .tooLarge(what: "the number of tensor pieces", value: blocks, most: Limits.blocks)
        }
    }

    /// Counts numbers that are worked out now.
    func countKnown(_ count: Int, _ what: String) throws(InferError) {
        guard count <= Limits.knownElements else {
            throw .tooLarge(what: what, value: count, most: Limits.knownElements)
        }
        known += count
        guard known <= Limits.knownElementsTogether else {
            throw .tooLarge(
                what: "the numbers that are worked out while the model is loaded", value: known,
                most: Limits.knownElementsTogether)
        }
    }

    /// Zeros to write to, which are lost afterwards. The memory is used again and again: fresh pages would cost more than what is
    /// done with them.
    func withZeros(_ count: Int, _ body: (UnsafeMutableBufferPointer<Int8>) -> Void) {
        let known = ordering.flatMap { $0.count >= count ? $0 : nil }
        let list = known ?? FixedList(zeros: count)
        if known != nil { unsafe list.start.update(repeating: 0, count: count) }
        ordering = list
        unsafe body(UnsafeMutableBufferPointer(start: list.start, count: count))
    }

    func constant(_ buffer: FloatBuffer) -> Layout {
        guard buffer.count > 0 else { return .empty }
        storages.append(Storage(floats: buffer.count, constant: buffer, first: 0, last: 0))
        return Layout(blockSize: buffer.count, blocks: [Block(storage: storages.count - 1, offset: 0)])
    }

    func value(of tensor: ConstantTensor) -> Value {
        switch tensor.content {
        case .integers(let list): Value(shape: tensor.shape, type: tensor.type, content: .integers(list))
        case .floats(let buffer): .floats(tensor.shape, constant(buffer))
        }
    }

    /// The numbers, when they are known at load time.
    func known(_ value: Value) -> [Float]? {
        switch value.content {
        case .integers(let list): return Self.floats(list).array()
        case .floats(let layout):
            guard isConstant(value) else { return nil }
            var list: [Float] = []
            for block in layout.blocks {
                guard let buffer = storages[block.storage].constant else { return nil }
                unsafe list += buffer.values[block.offset..<block.offset + layout.blockSize]
            }
            return list
        case .int8x4: return nil
        }
    }

    /// Like `known` without a copy, for weights.
    func knownBuffer(_ value: Value) -> FloatBuffer? {
        guard case .floats(let layout) = value.content, layout.blocks.count == 1, let block = layout.blocks.first,
            let buffer = storages[block.storage].constant, block.offset == 0, buffer.count == layout.count
        else { return known(value).map { FloatBuffer($0) } }
        return buffer
    }

    // MARK: Steps

    func emit(
        reads: [Layout], writes: [Layout], multiplyAdds work: Int = 0, _ make: @escaping (Memory) -> any Step
    ) throws(InferError) {
        guard drafts.count < Limits.steps else {
            throw .tooLarge(what: "the number of steps", value: drafts.count + 1, most: Limits.steps)
        }
        let (sum, overflow) = multiplyAdds.addingReportingOverflow(work)
        guard !overflow, work >= 0, sum <= Limits.multiplyAdds else {
            throw .tooLarge(what: "the multiply-adds of a pass", value: sum, most: Limits.multiplyAdds)
        }
        multiplyAdds = sum
        for layout in reads + writes {
            for block in layout.blocks {
                storages[block.storage].last = max(storages[block.storage].last, drafts.count)
            }
        }
        drafts.append(
            Draft(
                title: current.title, type: current.type, reads: reads, writes: writes, multiplyAdds: work, make: make))
    }

    /// Steps whose results nothing reads, because their readers began with what those are made of.
    func dropUnreadSteps() {
        var needed = Set(storages.indices.filter { storages[$0].last == .max })
        var kept: [Draft] = []
        for draft in drafts.reversed() {
            guard draft.writes.contains(where: { $0.blocks.contains { needed.contains($0.storage) } }) else {
                multiplyAdds -= draft.multiplyAdds
                continue
            }
            for layout in draft.reads { needed.formUnion(layout.blocks.map(\.storage)) }
            kept.append(draft)
        }
        drafts = kept.reversed()
    }

    /// The storages live from before the first step until after the last, as graph inputs and outputs do.
    func keep(_ layout: Layout, fromStart: Bool) {
        for block in layout.blocks {
            if fromStart { storages[block.storage].first = 0 }
            storages[block.storage].last = .max
        }
    }

    // MARK: Layouts

    func layout(_ value: Value) throws(InferError) -> Layout {
        switch value.content {
        case .floats(let layout): layout
        case .integers(let list): constant(Self.floats(list))
        case .int8x4(let int8x4): try dequantized(int8x4, value.type)
        }
    }

    private static func floats(_ list: Integers) -> FloatBuffer {
        let floats = FloatBuffer(count: list.count)
        unsafe list.write(to: floats.values)
        return floats
    }

    /// The value in blocks of `size`: as it lies where it can, else copied.
    func planes(_ value: Value, size: Int) throws(InferError) -> Layout {
        let layout = try layout(value)
        if let same = layout.regrouped(size) {
            if same.blocks.count != layout.blocks.count { try countBlocks(same.blocks.count) }
            return same
        }
        return try copied(layout, to: try newTensor([layout.count], blockSize: size))
    }

    /// The value as one contiguous block.
    func dense(_ value: Value) throws(InferError) -> Layout { try planes(value, size: max(value.count, 1)) }

    func copied(_ source: Layout, to target: Layout) throws(InferError) -> Layout {
        let piece = greatestCommonDivisor(source.blockSize, target.blockSize)
        guard let from = source.regrouped(piece), let to = target.regrouped(piece) else {
            throw .tooLarge(
                what: "the number of tensor pieces", value: source.count / max(piece, 1), most: Limits.blocksPerTensor)
        }
        try emit(reads: [source], writes: [target]) { memory in
            CopyBlocks(from: PlaneList(from, in: memory), to: PlaneList(to, in: memory), floats: piece)
        }
        return target
    }

    /// Moves numbers: by rearranging pointers where that is possible, else by a copy.
    func moved(_ value: Value, _ map: IndexMap) throws(InferError) -> Value {
        let shape = map.shape
        let count = try Limits.elements(of: shape)
        switch value.content {
        case .int8x4:
            if let moved = movedChannels(value, map) { return moved }
            return try moved(try inFloats(value), map)
        case .integers(let list):
            try countKnown(count, "an integer tensor")
            return .integers(shape, map.applied(to: list.wide), type: value.type)
        case .floats(let layout):
            var moved = value.reshaped(shape)
            if let view = map.applied(to: layout) {
                try countBlocks(view.blocks.count)
                moved.content = .floats(view)
                return moved
            }
            let source = try dense(value)
            let target = try newDense(shape)
            try emit(reads: [source], writes: [target]) { memory in
                unsafe MoveElements(map, from: memory.pointer(source), to: memory.pointer(target))
            }
            moved.content = .floats(target)
            return moved
        }
    }
}
