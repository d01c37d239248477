package import Base
import KernelTypes
import Kernels

/// Runs one ONNX model on one thread (plus its workers): tensors in, tensors out.
///
/// Three kinds of memory, never mixed: the graph (gone after loading), the weights, the workspace. A run allocates nothing.
/// Use it from one thread at a time.
@safe package final class Engine {
    /// A tensor that goes in or comes out: its name in the file and its shape, for example `[1, 3, 416, 416]`.
    package struct Descriptor: Sendable, Equatable {
        package let name: String
        package let shape: [Int]
    }

    package let inputs: [Descriptor]
    package let outputs: [Descriptor]
    /// 10⁹ multiply-adds of one run.
    package let gmac: Double
    /// Which instruction set runs: "x86-64-v4", "arm64", "scalar", …
    package let kernels: String
    package let threads: Int
    /// Bytes that a run writes to; engines of one file write to the same ones.
    package let workspaceBytes: Int
    /// Bytes of packed weights and other constants; engines of one file share what they have alike.
    package let weightBytes: Int

    /// The ONNX operators that the engine has, sorted.
    package static var operators: [String] { OperatorTable.byName.keys.sorted() }

    private let steps: [any Step]
    private let work: [(title: String, type: String, multiplyAdds: Int)]
    private let memory: Memory
    private let inputPointers: [UnsafeMutableBufferPointer<Float>]
    private let outputPointers: [UnsafeBufferPointer<Float>]
    /// For outputs whose length is known only after the run: along which axis, and where it lies.
    private let outputLengths: [(axis: Int, count: UnsafePointer<Float>)?]
    private let pool: WorkerPool

    /// Reads, checks and plans the model. The file is not used any more when this returns.
    /// - Parameters:
    ///   - inputShape: for the first input; needed where the file leaves sides open.
    ///   - threads: 0 means one less than the board has cores.
    ///   - kernels: "best", or the name of an instruction set; "scalar" is the plain one.
    package static func load(
        path: String, inputShape: [Int]? = nil, threads: Int = 0, kernels: String = "best"
    ) throws(InferError) -> Engine {
        try NetworkFile(path: path, threads: threads, kernels: kernels).engine(inputShape: inputShape)
    }

    init(_ plan: Plan, _ parts: EngineParts, _ workspace: Workspace) {
        let memory = Memory(
            plan.lowering.storages, drafts: plan.lowering.drafts[...], offsets: plan.offsets, workspace: workspace,
            sharing: parts.constants)
        self.memory = memory
        pool = parts.pool
        inputs = plan.inputs.map { Descriptor(name: $0.name, shape: $0.shape) }
        outputs = plan.outputs.map { Descriptor(name: $0.name, shape: $0.shape) }
        gmac = Double(plan.lowering.multiplyAdds) / 1e9
        kernels = plan.lowering.kernels.name
        threads = pool.threads
        workspaceBytes = plan.workspaceFloats * MemoryLayout<Float>.stride
        weightBytes = (plan.lowering.weightFloats + memory.constantFloats) * MemoryLayout<Float>.stride
        steps = plan.lowering.drafts.map { $0.make(memory) }
        work = plan.lowering.drafts.map { ($0.title, $0.type, $0.multiplyAdds) }
        unsafe inputPointers = plan.inputs.map {
            unsafe UnsafeMutableBufferPointer(start: memory.pointer($0.layout), count: $0.layout.count)
        }
        unsafe outputPointers = plan.outputs.map {
            unsafe UnsafeBufferPointer(start: memory.pointer($0.layout), count: $0.layout.count)
        }
        unsafe outputLengths = plan.outputs.map { output in
            unsafe output.length.map { unsafe ($0.axis, UnsafePointer(memory.pointer($0.count))) }
        }
    }

    /// One pass: every thread goes through all steps in order and does its share of each.
    package func run() {
        let me = unsafe Unmanaged.passUnretained(self)
        unsafe pool.run(me.toOpaque()) { engine, index in
            guard let engine = unsafe engine else { return }
            // SAFETY: `run` above holds the engine until all threads have returned.
            unsafe Unmanaged<Engine>.fromOpaque(engine)._withUnsafeGuaranteedRef { $0.work(index) }
        }
    }

    /// One step's share of the time of a pass.
    package struct Profile: Sendable {
        /// The node's name in the file and its ONNX operator.
        package let title: String
        package let type: String
        package let milliseconds: Double
        /// 0 for steps that multiply nothing.
        package let gigaflopsPerSecond: Double
    }

    /// The fastest of `runs` passes of each step, in order; on the calling thread alone.
    package func profile(runs: Int) -> [Profile] {
        var best = [Duration](repeating: .seconds(3600), count: steps.count)
        for _ in 0..<max(1, runs) {
            for (index, step) in steps.enumerated() {
                let start = ContinuousClock.now
                step.run(.whole)
                best[index] = min(best[index], ContinuousClock.now - start)
            }
        }
        return zip(work, best).map { work, time in
            let seconds = time / .seconds(1)
            return Profile(
                title: work.title, type: work.type, milliseconds: seconds * 1e3,
                gigaflopsPerSecond: seconds > 0 ? 2e-9 * Double(work.multiplyAdds) / seconds : 0)
        }
    }

    private func work(_ index: Int) {
        let part = Part(index: index, count: threads, pool: pool)
        for step in steps { step.run(part) }
    }

    /// The memory of an input, row-major, to be written before `run`. What was written stays until it is overwritten, or
    /// until another engine of the same `NetworkFile` runs.
    package func withInput<R>(_ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws -> R) rethrows -> R {
        try unsafe body(inputPointers[index])
    }

    /// What the last `run` left in an output; valid until the next one (of any engine of the same `NetworkFile`), for as
    /// long as the engine lives.
    /// Of an output whose length only the run tells (NonMaxSuppression) it has as many entries as there are; its descriptor
    /// says how many there can be.
    package func output(_ index: Int) -> TensorView {
        let (descriptor, values) = unsafe (outputs[index], outputPointers[index])
        guard let length = unsafe outputLengths[index] else {
            return unsafe TensorView(name: descriptor.name, shape: descriptor.shape, values: values)
        }
        var shape = descriptor.shape
        unsafe shape[length.axis] = min(max(Int(length.count.pointee), 0), shape[length.axis])
        return unsafe TensorView(
            name: descriptor.name, shape: shape,
            values: UnsafeBufferPointer(rebasing: values[..<shape.reduce(1, *)]))
    }
}
