import KernelTypes

/// Addresses for the plan's storages: a place in the workspace, or a constant.
@safe final class Memory {
    /// By storage. Only those that a step touches, and detached from the model file, so that it can be closed.
    private let constants: [FloatBuffer?]
    private let sizes: [Int]
    private let offsets: [Int]
    private let workspace: Workspace

    /// - Parameters:
    ///   - drafts: of the steps that get their addresses here.
    ///   - offsets: where each storage that is not constant starts in the workspace, in floats.
    ///   - pool: has the constants of other engines; nil while constants are still computed.
    init(
        _ storages: [Storage], drafts: ArraySlice<Draft>, offsets: [Int: Int], workspace: Workspace,
        sharing pool: ConstantPool? = nil
    ) {
        sizes = storages.map(\.floats)
        var constants = [FloatBuffer?](repeating: nil, count: storages.count)
        for draft in drafts {
            for layout in [draft.reads, draft.writes].joined() {
                // Neighbours lie in one storage most of the time.
                var last = -1
                for block in layout.blocks where block.storage != last {
                    last = block.storage
                    guard constants[last] == nil, let constant = storages[last].constant?.detached else { continue }
                    constants[last] = pool?.shared(constant) ?? constant
                }
            }
        }
        self.constants = constants
        self.offsets = storages.indices.map { offsets[$0] ?? 0 }
        self.workspace = workspace
    }

    var constantFloats: Int { constants.reduce(0) { $0 + ($1?.count ?? 0) } }

    func pointer(_ block: Block) -> UnsafeMutablePointer<Float> {
        precondition(block.offset >= 0 && block.offset <= sizes[block.storage], "a block outside of its storage")
        if let constant = constants[block.storage], let start = unsafe constant.values.baseAddress {
            return unsafe start + block.offset
        }
        return unsafe workspace.floats + offsets[block.storage] + block.offset
    }

    /// Of a dense layout; an empty one points at nothing that may be read.
    func pointer(_ layout: Layout) -> UnsafeMutablePointer<Float> {
        guard let first = layout.blocks.first else { return unsafe workspace.floats }
        return unsafe pointer(first)
    }
}

/// The plane pointers of a layout.
@safe final class PlaneList {
    let count: Int
    let outputs: UnsafeMutablePointer<MutablePlane>

    init(_ layout: Layout, in memory: Memory) {
        count = layout.blocks.count
        unsafe outputs = .allocate(capacity: max(count, 1))
        for (index, block) in layout.blocks.enumerated() {
            unsafe (outputs + index).initialize(to: memory.pointer(block))
        }
    }

    /// The same pointers as things to read.
    var inputs: UnsafePointer<Plane> {
        // SAFETY: `UnsafePointer<Float>` and `UnsafeMutablePointer<Float>` have the same layout.
        unsafe UnsafePointer(UnsafeRawPointer(outputs).assumingMemoryBound(to: Plane.self))
    }

    subscript(_ index: Int) -> MutablePlane { unsafe outputs[index] }

    deinit { unsafe outputs.deallocate() }
}
