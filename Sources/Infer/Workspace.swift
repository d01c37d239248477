import KernelTypes

/// Everything that a pass writes; sized once by the plan, never grown.
@safe final class Workspace {
    let count: Int
    /// 64-byte aligned, with readable guards before and after (`PlaneGuard`).
    let floats: UnsafeMutablePointer<Float>

    init(floats count: Int) {
        self.count = count
        let all = count + 2 * PlaneGuard.floats
        let raw = UnsafeMutableRawPointer.allocate(byteCount: all * MemoryLayout<Float>.stride, alignment: 64)
        unsafe floats = raw.initializeMemory(as: Float.self, repeating: 0, count: all) + PlaneGuard.floats
    }

    deinit { unsafe UnsafeMutableRawPointer(floats - PlaneGuard.floats).deallocate() }
}
