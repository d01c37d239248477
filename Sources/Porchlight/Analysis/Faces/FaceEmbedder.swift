import Base
import Gate
import Infer
import Interpret
import Runtime
import Settings

/// The network that tells faces apart, as one thing. Used by one thread.
final class FaceEmbedder: FaceEmbedding {
    let model: FaceModel
    let template: FaceTemplate
    let side: Int
    private let engine: Engine
    private let manifest: EmbedderManifest

    /// More than any embedder of ours has.
    private static let mostBytes = 64 << 20

    /// - Parameter other: used in turn with it, by the same thread; gives its threads.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    convenience init(_ location: ModelLocation, beside other: Network) throws {
        try self.init(location) { path throws(InferError) in try other.fileBeside(path) }
    }

    /// - Parameter threads: 0 means one less than the board has cores.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    convenience init(_ location: ModelLocation, threads: Int) throws {
        try self.init(location) { path throws(InferError) in try NetworkFile(path: path, threads: threads) }
    }

    private init(_ location: ModelLocation, _ open: (String) throws(InferError) -> NetworkFile) throws {
        let path = location.network
        manifest = try location.embedderManifest()
        template = manifest.template
        do throws(InferError) { engine = try open(path).engine() } catch {
            throw CommandFailure(.badData, "model \(path): \(error)")
        }
        guard engine.outputs.count == 1, let shape = Self.shape(engine.inputs.first?.shape, engine.outputs[0].shape)
        else { throw Self.noEmbedder(path) }
        side = shape.side
        model = try Self.model(manifest, path, numbers: shape.numbers)
    }

    /// Which embedder a file is, without planning it.
    /// - Throws: `CommandFailure` that names the file and what is wrong with it.
    static func model(at location: ModelLocation) throws -> FaceModel {
        let path = location.network
        let manifest = try location.embedderManifest()
        let sides = try sides(of: path)
        guard let shape = shape(sides.input, sides.output) else { throw noEmbedder(path) }
        return try model(manifest, path, numbers: shape.numbers)
    }

    /// Of input and output, as the file says; the graph goes when this returns.
    private static func sides(of path: String) throws -> (input: [Int]?, output: [Int]?) {
        // An open batch size means one.
        func known(_ sides: [Int?]?) -> [Int]? { sides.map { $0.map { $0 ?? 1 } } }
        do throws(InferError) {
            let file = try NetworkFile(path: path, threads: 1)
            return (known(file.inputSides), known(file.outputSides))
        } catch {
            throw CommandFailure(.badData, "model \(path): \(error)")
        }
    }

    /// - Returns: nil for shapes that are no embedder's.
    private static func shape(_ input: [Int]?, _ output: [Int]?) -> (side: Int, numbers: Int)? {
        guard let input, let output, input.count == 4, input[0] == 1, input[1] == 3, input[2] == input[3],
            AlignedCrop.sides.contains(input[2]), (1...4).contains(output.count),
            output.allSatisfy({ (1...FaceVector.most).contains($0) }),
            case let numbers = output.reduce(1, *), numbers <= FaceVector.most
        else { return nil }
        return (input[2], numbers)
    }

    private static func noEmbedder(_ path: String) -> CommandFailure {
        CommandFailure(
            .badData,
            "model \(path) is no face embedder: it needs one input [1, 3, side, side] and one output of "
                + "1 to \(FaceVector.most) numbers")
    }

    private static func model(_ manifest: EmbedderManifest, _ path: String, numbers: Int) throws -> FaceModel {
        // The whole file, and before it the graph, were in memory for a moment.
        defer { FreeMemory.giveBack() }
        let hash = FNV1a.hash64(try readFile(path, atMost: mostBytes))
        let digest = Hex.text((0..<8).reversed().map { UInt8(truncatingIfNeeded: hash >> (8 * UInt64($0))) })
        return FaceModel(
            identity: "\(manifest.name) \(manifest.version) \(digest)", dimension: numbers,
            similarity: manifest.similarity)
    }

    /// Which embedder the settings name.
    static func reading(_ settings: FacesSettings) -> @Sendable () throws(PictureRefusal) -> FaceModel {
        { () throws(PictureRefusal) in
            do throws(FaceNetworks.Failure) {
                return try FaceNetworks.loading {
                    try model(at: ModelLocation(resolving: settings.embedder, for: .faceEmbedder))
                }
            } catch {
                throw .unavailable(error.sentence)
            }
        }
    }

    func vector(of crop: FaceCrop) -> FaceVector? {
        guard crop.side == side else { return nil }
        unsafe engine.withInput(0) { unsafe manifest.write(crop, to: $0) }
        engine.run()
        return FaceVector(unsafe Array(engine.output(0).values))
    }
}
