import Control
import Foundation
import Logging
import Testing

/// Results of a session that shows somebody who is to be forgotten.
@Suite struct ErasingResultsTests {
    @Test("the folders of those sessions go, in every bucket; other sessions and what links lead to stay")
    func erase() async throws {
        let root = FileManager.default.temporaryDirectory.path + "/porchlight-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        func write(_ path: String) throws {
            let whole = URL(filePath: "\(root)/\(path)")
            try FileManager.default.createDirectory(
                at: whole.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("picture".utf8).write(to: whole)
        }
        try write("results/porch/door/s1/frame.jpg")
        try write("results/porch/deep/er/door/s1/summary.json")
        try write("results/porch/door/s2/frame.jpg")
        try write("outside/s1/frame.jpg")
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/results/porch/link", withDestinationPath: "\(root)/outside")
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/results/porch/door/s1/link", withDestinationPath: "\(root)/outside")
        let folder = ResultsFolder(
            folder: "\(root)/results", logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
        #expect(try await folder.erase(sessions: ["s1", "s9"]) == 2)
        func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }
        #expect(!isThere("results/porch/door/s1") && !isThere("results/porch/deep/er/door/s1"))
        #expect(isThere("results/porch/door/s2/frame.jpg") && isThere("outside/s1/frame.jpg"))
        #expect(try await folder.erase(sessions: []) == 0)
    }
}
