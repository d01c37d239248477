import Base
import KernelTypes
import Kernels

/// What the engines of one network have in common: the kernels, the threads, the constants and the workspace. Networks that
/// are used in turn have threads and workspace in common, too.
///
/// Only one of these engines runs at a time, and what it has put out is valid until the next one runs.
final class EngineParts {
    let kernels: KernelTable
    let pool: WorkerPool
    let constants = ConstantPool()
    private let room: WorkspaceRoom

    /// - Throws: `.unknownKernels`, or `.noThread` when the kernel refuses a worker.
    init(threads: Int, kernels: String) throws(InferError) {
        guard let table = KernelTable.named(kernels) else {
            throw .unknownKernels(name: kernels, available: KernelTable.available.map(\.name))
        }
        self.kernels = table
        room = WorkspaceRoom()
        do { pool = try WorkerPool(threads: ThreadBudget(asked: threads).threads) } catch { throw .noThread(error) }
    }

    /// For another network on the same threads: only one of the engines of both runs at a time.
    init(beside other: EngineParts) { (kernels, pool, room) = (other.kernels, other.pool, other.room) }

    /// - Parameters:
    ///   - graph: fused.
    ///   - inputShape: for the first input.
    ///   - replacesSides: the height and width that the file gives do not count.
    func engine(_ graph: Graph, inputShape: [Int]?, replacesSides: Bool = false) throws(InferError) -> Engine {
        let shapes = try InputShapes.of(graph, asked: inputShape, replacesSides: replacesSides)
        let plan = try Plan(graph, shapes: shapes, kernels: kernels, threads: pool.threads, constants: constants)
        return Engine(plan, self, try room.workspace(floats: plan.workspaceFloats))
    }
}

/// The workspace that engines share.
private final class WorkspaceRoom {
    private var workspace: Workspace?

    /// The one that the other engines use, where it is large enough. Shapes within one bound on their pixels differ by a
    /// few percent: a quarter more is asked of the system, and takes no memory unless it is written to.
    func workspace(floats: Int) throws(InferError) -> Workspace {
        if let workspace, workspace.count >= floats { return workspace }
        let larger = try Workspace(floats: floats + floats / 4)
        workspace = larger
        return larger
    }
}

/// The shapes of a graph's inputs, as the file declares them and as they are asked for.
enum InputShapes {
    /// Of ONNX's `TensorProto.DataType`, those that `InputConversion` does not make.
    private static let names = [8: "text", 9: "booleans", 14: "complex64", 15: "complex128", 16: "bfloat16"]

    private static let remedy = "--size WIDTHxHEIGHT, or \"input\" in the manifest beside the model"

    /// - Parameters:
    ///   - asked: for the first input; needed where the file leaves sides open.
    ///   - replacesSides: what is asked counts for the sides after the second, whatever the file says.
    static func of(_ graph: Graph, asked: [Int]?, replacesSides: Bool) throws(InferError) -> [[Int]] {
        var shapes: [[Int]] = []
        for (index, input) in graph.inputs.enumerated() {
            guard input.type == ElementType.float.rawValue else {
                let type = names[input.type] ?? "elements of type \(input.type)"
                throw .wrongInput(
                    name: input.name,
                    what:
                        "it takes \(type), which cannot be made of a picture's numbers: export the model with a float32 "
                        + "input")
            }
            guard var declared = input.shape ?? asked?.map({ _ in nil }) else {
                throw .wrongInput(name: input.name, what: "the file gives no shape; name one: \(remedy)")
            }
            if replacesSides && index == 0 { for axis in declared.indices.dropFirst(2) { declared[axis] = nil } }
            shapes.append(try shape(input.name, declared, index == 0 ? asked : nil))
        }
        return shapes
    }

    private static func shape(_ name: String, _ declared: [Int?], _ asked: [Int]?) throws(InferError) -> [Int] {
        if let asked {
            guard asked.count == declared.count, zip(asked, declared).allSatisfy({ $0 > 0 && ($1 == nil || $0 == $1) })
            else {
                let text = declared.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
                throw .wrongInput(name: name, what: "shape \(asked) was asked, the file says [\(text)]")
            }
            return asked
        }
        var shape: [Int] = []
        for (axis, side) in declared.enumerated() {
            // An open batch size means that any number of pictures is fine: one.
            guard let side = side ?? (axis == 0 ? 1 : nil) else {
                throw .wrongInput(name: name, what: "side \(axis) is open in the file; name a size: \(remedy)")
            }
            shape.append(side)
        }
        return shape
    }
}
