import KernelTypes

/// Floats that do not change after loading: a piece of the mapped model file, or memory of its own.
@safe final class FloatBuffer {
    let values: UnsafeMutableBufferPointer<Float>
    private let file: MappedFile?

    /// Zeroed memory, 64-byte aligned, with readable guards around it as the kernels ask (`PlaneGuard`).
    init(count: Int) {
        let floats = count + 2 * PlaneGuard.floats
        let raw = UnsafeMutableRawPointer.allocate(byteCount: floats * MemoryLayout<Float>.stride, alignment: 64)
        let start = unsafe raw.initializeMemory(as: Float.self, repeating: 0, count: floats)
        unsafe values = unsafe UnsafeMutableBufferPointer(start: start + PlaneGuard.floats, count: count)
        file = nil
    }

    convenience init(_ list: [Float]) {
        self.init(count: list.count)
        _ = unsafe values.update(from: list)
    }

    /// Aligned floats in the file, read in place.
    init(in file: MappedFile, at values: UnsafeBufferPointer<Float>) {
        unsafe self.values = unsafe UnsafeMutableBufferPointer(mutating: values)
        self.file = file
    }

    var count: Int { unsafe values.count }

    /// Nothing of the model file is referred to any more.
    var detached: FloatBuffer {
        guard file != nil else { return self }
        let copy = FloatBuffer(count: count)
        _ = unsafe copy.values.update(fromContentsOf: values)
        return copy
    }

    func array() -> [Float] { unsafe Array(values) }

    deinit {
        guard file == nil, let start = unsafe values.baseAddress else { return }
        unsafe UnsafeMutableRawPointer(start - PlaneGuard.floats).deallocate()
    }
}
