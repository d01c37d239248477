import Glibc

/// Numbers that do not change, at one address.
@safe final class FixedList<Element: BitwiseCopyable> {
    let start: UnsafeMutablePointer<Element>
    let count: Int

    convenience init(_ list: [Element]) {
        self.init(zeros: list.count)
        unsafe list.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else { return }
            unsafe start.update(from: first, count: count)
        }
    }

    /// Elements of which each byte is 0.
    init(zeros count: Int) {
        self.count = count
        // Large blocks come from the system as zeros, which nobody has to write.
        guard let memory = unsafe calloc(max(count, 1), MemoryLayout<Element>.stride)
        else { preconditionFailure("no memory for \(count) elements") }
        unsafe start = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit { unsafe free(start) }
}
