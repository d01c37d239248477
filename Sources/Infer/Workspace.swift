import Glibc
import KernelTypes

/// Everything that a pass writes; sized once by the plan, never grown.
@safe final class Workspace {
    let count: Int
    private let bytes: Int
    /// 64-byte aligned, with readable guards before and after (`PlaneGuard`).
    let floats: UnsafeMutablePointer<Float>

    /// - Throws: when the system has not that much memory.
    init(floats count: Int) throws(InferError) {
        self.count = count
        bytes = (count + 2 * PlaneGuard.floats) * MemoryLayout<Float>.stride
        // Pages of zeros that take no memory before they are written to.
        let address = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .tooLarge(what: "the workspace in bytes", value: bytes, most: 0)
        }
        unsafe floats = unsafe address.bindMemory(to: Float.self, capacity: bytes / 4) + PlaneGuard.floats
    }

    deinit { _ = unsafe munmap(floats - PlaneGuard.floats, bytes) }
}
