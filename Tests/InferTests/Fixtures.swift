import Base
import FoundationEssentials
import Infer
import Testing

/// Files that tests read and write.
enum Fixtures {
    /// The package's root.
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Real models lie outside of the repository.
    static let shared: String? = {
        let given = ProcessInfo.processInfo.environment["PORCHLIGHT_SHARED"] ?? "\(package)/../shared"
        return FileManager.default.fileExists(atPath: "\(given)/models") ? given : nil
    }()

    /// A file in a folder of its own, gone afterwards.
    static func withFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "porchlight-infer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "model.onnx")
        try Data(bytes).write(to: file)
        return try body(file.path)
    }

    /// What the network gives for the numbers of its first input, output by output.
    static func outputs(of builder: ONNXBuilder, _ values: [Float], threads: Int = 1) throws -> [[Float]] {
        try withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: threads)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: values) }
            engine.run()
            return engine.outputs.indices.map { unsafe Array(engine.output($0).values) }
        }
    }
}
