import Base
import Foundation
import Serve

/// A checked-in JSON file of `Fixtures/`; the script beside it tells how it was made.
func fixture(_ name: String) throws -> JSONValue {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    return try JSONParser.parse(Array(try Data(contentsOf: path)))
}

/// A folder of its own for one test, removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "serve-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    do {
        let result = try await body(folder.path())
        try? FileManager.default.removeItem(at: folder)
        return result
    } catch {
        try? FileManager.default.removeItem(at: folder)
        throw error
    }
}
