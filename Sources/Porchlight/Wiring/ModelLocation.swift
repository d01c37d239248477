import Base
import FoundationEssentials
import Glibc
import Interpret
import Runtime
import Settings

/// Where a model lies: the network and, if there is one, the manifest of the same name beside it.
struct ModelLocation: Equatable {
    /// Path of the `.onnx` file.
    let network: String
    /// Path of the manifest, if there is one.
    let manifestPath: String?

    /// For messages and answers: the file's name without `.onnx`.
    var name: String {
        let file = network.split(separator: "/").last.map(String.init) ?? network
        return file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
    }

    /// A network that comes with the program.
    enum Task: String {
        /// People, pets and packages.
        case objects = "default"
        case faceDetector = "porchlight-face-detector.onnx"
        case faceEmbedder = "porchlight-face.onnx"

        fileprivate var advice: String {
            switch self {
            case .objects: "name an .onnx file as model (YOLOX, NanoDet, NanoDet-Plus, FastestDet)"
            case .faceDetector: "name a YuNet's .onnx file as faces.detector"
            case .faceEmbedder: "name a face embedder's .onnx file as faces.embedder"
            }
        }
    }

    /// Takes `default` (the network that comes with the program), a folder that holds one `.onnx` file, or such a file.
    /// - Throws: `CommandFailure` that says what is missing and what to do.
    init(resolving path: String, for task: Task = .objects) throws {
        let asked = path == "default" ? try Self.shipped(task) : path
        network = Self.isFolder(asked) ? try Self.onlyNetwork(in: asked) : asked
        guard network.hasSuffix(".onnx") else {
            throw CommandFailure(.usage, "\(network) is no model: name an .onnx file, a folder with one, or `default`")
        }
        guard unsafe access(network, R_OK) == 0 else {
            throw CommandFailure(.noInput, "no model at \(network): check the path and that it is readable")
        }
        let manifest = network.dropLast(5) + ".json"
        manifestPath = unsafe access(String(manifest), R_OK) == 0 ? String(manifest) : nil
    }

    /// - Throws: `CommandFailure` with every problem of the manifest.
    func manifest() throws -> ModelManifest? {
        guard let manifestPath else { return nil }
        return try Self.reading(manifestPath) { json throws(InterpretError) in try ModelManifest(checking: json) }
    }

    /// The manifest says that the network tells faces apart; a manifest that cannot be read says nothing.
    var isFaceEmbedder: Bool {
        guard let manifestPath, let bytes = try? readFile(manifestPath, atMost: Self.mostManifestBytes) else {
            return false
        }
        return (try? TextFile.json(bytes))?["family"]?.string == EmbedderManifest.family
    }

    private static let mostManifestBytes = 1 << 20

    /// - Throws: `CommandFailure` with every problem of the manifest, and when there is none.
    func embedderManifest() throws -> EmbedderManifest {
        guard let manifestPath else {
            throw CommandFailure(
                .noInput, "no manifest beside \(network): a face embedder needs one that says how faces are aligned")
        }
        return try Self.reading(manifestPath) { json throws(InterpretError) in try EmbedderManifest(checking: json) }
    }

    private static func reading<M>(
        _ path: String, _ check: (JSONValue) throws(InterpretError) -> M
    ) throws -> M {
        let bytes = try readFile(path, atMost: mostManifestBytes)
        do {
            return try check(try TextFile.json(bytes))
        } catch let error as InterpretError {
            throw CommandFailure(.badData, "manifest \(path): \(error)")
        } catch {
            throw CommandFailure(.badData, "manifest \(path) is not valid JSON: \(error)")
        }
    }

    private static func shipped(_ task: Task) throws -> String {
        guard let found = ShippedFiles.path(of: "models/\(task.rawValue)", source: "Models/\(task.rawValue)") else {
            throw CommandFailure(.noInput, "no default model is installed (\(task.rawValue)): \(task.advice)")
        }
        return found
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    private static func onlyNetwork(in folder: String) throws -> String {
        let files = (try? FolderListing.names(in: folder)) ?? []
        let networks = files.filter { $0.hasSuffix(".onnx") }.sorted()
        guard let network = networks.first, networks.count == 1 else {
            let found = networks.isEmpty ? "no .onnx file" : networks.joined(separator: ", ")
            throw CommandFailure(.noInput, "folder \(folder) holds \(found): it must hold exactly one .onnx file")
        }
        return "\(folder)/\(network)"
    }
}
