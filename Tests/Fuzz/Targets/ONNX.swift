import Base
import Glibc
import Infer

extension FuzzTarget {
    /// A model: reading, planning with all that is computed beforehand, and a pass of small ones.
    static let onnx = FuzzTarget("onnx") { bytes in
        guard let path = file(of: bytes) else { return }
        do throws(InferError) {
            let engine = try NetworkFile(path: path, threads: 1, kernels: "scalar").engine()
            guard engine.gmac < 0.001, engine.workspaceBytes < 1 << 20 else { return }
            for index in engine.inputs.indices {
                unsafe engine.withInput(index) { unsafe $0.update(repeating: 0.5) }
            }
            engine.run()
            for index in engine.outputs.indices { _ = engine.output(index).shape }
        } catch { _ = error.description }
    }

    /// One file in memory, with new contents each time.
    private static let memory: CInt = {
        let path = "/dev/shm/porchlight-fuzz.\(getpid())"
        defer { unlink(path) }
        return unsafe open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    }()

    private static func file(of bytes: [UInt8]) -> String? {
        guard memory >= 0, ftruncate(memory, 0) == 0, unsafe pwrite(memory, bytes, bytes.count, 0) == bytes.count else {
            return nil
        }
        return "/proc/self/fd/\(memory)"
    }
}
