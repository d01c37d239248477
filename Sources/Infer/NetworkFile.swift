/// An ONNX file of which engines are made, one for each shape of its input. They share their weights, their threads and
/// their workspace, so that another shape costs little: only one of them runs at a time, and what it has put out is valid
/// until the next one runs.
///
/// The file stays open; nothing of it stays in memory. Used by one thread.
package final class NetworkFile {
    /// What the file says of the first input; nil: it has none or gives no shape. Nil sides are open.
    package let inputSides: [Int?]?
    /// The same of the first output.
    package let outputSides: [Int?]?
    /// What the file holds, as it stands there.
    package let summary: FileSummary
    /// What the exporter noted beside the network, for example `names` and `imgsz`: at most 256 entries of 1 MiB.
    package let metadata: [String: String]
    /// The file's first input takes whole numbers; they are made of the floats that are fed.
    package let takesWholeNumbers: Bool
    private let file: ReopenedFile
    private let weightFiles: WeightFiles
    private let parts: EngineParts
    /// As it was read when the file was opened, until the first engine is made of it.
    private var unplanned: Graph?

    /// Reads the file, and checks that it is one graph of ONNX. Whether the engine can run it shows when it is planned.
    /// - Parameters:
    ///   - threads: 0 means one less than the board has cores.
    ///   - kernels: "best", or the name of an instruction set; "scalar" is the plain one.
    package convenience init(path: String, threads: Int = 0, kernels: String = "best") throws(InferError) {
        try self.init(path, EngineParts(threads: threads, kernels: kernels))
    }

    /// - Parameter other: used in turn with this one, by the same thread: they share threads and workspace. What an engine of
    ///   one has put out is valid until one of the other runs.
    package convenience init(path: String, beside other: NetworkFile) throws(InferError) {
        try self.init(path, EngineParts(beside: other.parts))
    }

    private init(_ path: String, _ parts: EngineParts) throws(InferError) {
        file = try ReopenedFile(path)
        weightFiles = WeightFiles(beside: path)
        self.parts = parts
        let graph = try ModelFile.reading(try file.mapped(), beside: weightFiles)
        inputSides = graph.inputs.first?.shape
        outputSides = graph.outputs.first?.shape
        metadata = graph.metadata
        summary = graph.summary ?? FileSummary(graph, operatorSet: 0, bytes: 0)
        takesWholeNumbers = graph.inputs.first?.takesWholeNumbers ?? false
        unplanned = graph
    }

    /// Plans the network for one shape of its first input.
    /// - Parameters:
    ///   - inputShape: for example `[1, 3, 256, 480]`; nil: what the file says.
    ///   - replacesSides: takes another height and width than those in the file, too, which is possible for networks in
    ///     which nothing was computed from them.
    /// - Throws: also when the file was changed since it was opened.
    package func engine(inputShape: [Int]? = nil, replacesSides: Bool = false) throws(InferError) -> Engine {
        // The graph, and what was packed of it and not taken, is several times as large as the engine.
        defer { FreeMemory.giveBack() }
        return try planned(inputShape, replacesSides)
    }

    private func planned(_ inputShape: [Int]?, _ replacesSides: Bool) throws(InferError) -> Engine {
        let graph: Graph
        if let unplanned {
            graph = unplanned
        } else {
            graph = try ModelFile.reading(try file.mapped(), beside: weightFiles)
        }
        unplanned = nil
        do {
            return try parts.engine(Fusion.fused(graph), inputShape: inputShape, replacesSides: replacesSides)
        } catch {
            guard replacesSides, let inputShape, let sides = inputSides, sides.count == inputShape.count,
                zip(sides, inputShape).contains(where: { $0 != nil && $0 != $1 })
            else { throw error }
            throw .fixedShape(file: sides.map { $0 ?? 0 }, asked: inputShape, reason: "\(error)")
        }
    }

    /// Bytes of weights and other constants that the engines use, each counted once.
    package var constantBytes: Int { parts.constants.byteCount }
}
