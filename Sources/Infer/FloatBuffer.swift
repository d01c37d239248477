import Glibc
import KernelTypes

/// Floats that do not change after loading: a piece of the mapped model file, or memory of its own. Until a network is loaded one
/// thread uses them.
@safe final class FloatBuffer {
    let count: Int
    private let file: MappedFile?
    /// What was allocated.
    private var memory: UnsafeMutableRawPointer?
    private var numbers: UnsafeMutableBufferPointer<Float>?
    /// Writes the numbers when they are asked for; nil once it has.
    private var filling: ((UnsafeMutableBufferPointer<Float>) -> Void)?

    /// Zeroed memory, 64-byte aligned, with readable guards around it as the kernels ask (`PlaneGuard`).
    init(count: Int) {
        self.count = count
        file = nil
        unsafe numbers = unsafe allocated()
    }

    /// Numbers that are computed when somebody asks for them, and take no memory before.
    init(count: Int, filling: @escaping (UnsafeMutableBufferPointer<Float>) -> Void) {
        self.count = count
        file = nil
        self.filling = filling
    }

    convenience init(_ list: [Float]) {
        self.init(count: list.count)
        _ = unsafe values.update(from: list)
    }

    /// Aligned floats in the file, read in place.
    init(in file: MappedFile, at values: UnsafeBufferPointer<Float>) {
        count = values.count
        self.file = file
        unsafe numbers = unsafe UnsafeMutableBufferPointer(mutating: values)
    }

    var values: UnsafeMutableBufferPointer<Float> {
        if let numbers = unsafe numbers { return unsafe numbers }
        let own = unsafe allocated()
        unsafe numbers = unsafe own
        unsafe filling?(own)
        filling = nil
        return unsafe own
    }

    private func allocated() -> UnsafeMutableBufferPointer<Float> {
        let alignment = 64
        let floats = count + 2 * PlaneGuard.floats
        // Large blocks come from the system as zeros; `allocate` and a loop of zeros would write all of them once more.
        guard let raw = unsafe calloc(floats + alignment / MemoryLayout<Float>.stride, MemoryLayout<Float>.stride)
        else { preconditionFailure("no memory for \(count) floats") }
        unsafe memory = unsafe raw
        let start = unsafe raw.alignedUp(toMultipleOf: alignment).bindMemory(to: Float.self, capacity: floats)
        return unsafe UnsafeMutableBufferPointer(start: start + PlaneGuard.floats, count: count)
    }

    /// Nothing of the model file is referred to any more.
    var detached: FloatBuffer {
        guard file != nil else { return self }
        let copy = FloatBuffer(count: count)
        _ = unsafe copy.values.update(fromContentsOf: values)
        return copy
    }

    func array() -> [Float] { unsafe Array(values) }

    deinit { unsafe free(memory) }
}
