import Base
import Foundation
import Runtime
import Store
import Testing

@Suite struct StorageLockTests {
    @Test("a second program on the same storage is told who owns it, and harms nothing")
    func secondIsRefused() throws {
        let kept = try TemporaryFolder()
        defer { withExtendedLifetime(kept) {} }
        let folder = kept.path
        let directory = folder + "/storage"
        let first = try StorageLock(directory: directory)
        #expect(first.isExclusive)
        let before = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(throws: StoreError.inUse(directory: directory, pid: Int(getpid()))) {
            try StorageLock(directory: directory)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == before)
        withExtendedLifetime(first) {}
    }

    @Test(
        "a lock file that a killed program left does not keep the next start from running",
        arguments: ["", "4711\n", "x"])
    func staleFile(_ text: String) throws {
        let kept = try TemporaryFolder()
        defer { withExtendedLifetime(kept) {} }
        let folder = kept.path
        try Data(text.utf8).write(to: URL(filePath: folder + "/lock"))
        do { _ = try StorageLock(directory: folder) }
        let again = try StorageLock(directory: folder)
        #expect(try String(contentsOfFile: folder + "/lock", encoding: .utf8) == "\(getpid())\n")
        withExtendedLifetime(again) {}
    }

    @Test("a storage that cannot be written is named, with the system's reason")
    func noFolder() throws {
        let kept = try TemporaryFolder()
        defer { withExtendedLifetime(kept) {} }
        let folder = kept.path
        try Data().write(to: URL(filePath: folder + "/file"))
        let error = #expect(throws: StoreError.self) { try StorageLock(directory: folder + "/file/storage") }
        #expect(error?.description.contains(folder) == true)
        #expect(error?.recovery == .retry)
    }
}
