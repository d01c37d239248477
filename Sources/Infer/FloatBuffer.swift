import Glibc
import KernelTypes

/// Floats that do not change after loading: a piece of the mapped model file, or memory of its own.
@safe final class FloatBuffer {
    let values: UnsafeMutableBufferPointer<Float>
    private let file: MappedFile?
    /// What was allocated.
    private let memory: UnsafeMutableRawPointer?

    /// Zeroed memory, 64-byte aligned, with readable guards around it as the kernels ask (`PlaneGuard`).
    init(count: Int) {
        let floats = count + 2 * PlaneGuard.floats
        // Large blocks come from the system as zeros; `allocate` and a loop of zeros would write all of them once more.
        guard let raw = unsafe calloc(floats + Self.alignment / MemoryLayout<Float>.stride, MemoryLayout<Float>.stride)
        else { preconditionFailure("no memory for \(count) floats") }
        let start = unsafe raw.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Float.self, capacity: floats)
        unsafe values = unsafe UnsafeMutableBufferPointer(start: start + PlaneGuard.floats, count: count)
        unsafe memory = unsafe raw
        file = nil
    }

    private static let alignment = 64

    convenience init(_ list: [Float]) {
        self.init(count: list.count)
        _ = unsafe values.update(from: list)
    }

    /// Aligned floats in the file, read in place.
    init(in file: MappedFile, at values: UnsafeBufferPointer<Float>) {
        unsafe self.values = unsafe UnsafeMutableBufferPointer(mutating: values)
        self.file = file
        unsafe memory = nil
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

    deinit { unsafe free(memory) }
}
