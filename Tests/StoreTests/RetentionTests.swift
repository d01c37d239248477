import Base
import Foundation
import Store
import Testing

@Suite struct RetentionTests {
    private static let day: Int64 = 86_400
    /// 2026-06-01.
    private static let now: Int64 = 1_780_272_000

    private func file(_ path: String, bytes: Int, daysOld: Int64, in folder: TemporaryFolder) throws {
        let full = folder.path + "/" + path
        let parent = String(full.prefix(upTo: try #require(full.lastIndex(of: "/"))))
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(count: bytes).write(to: URL(fileURLWithPath: full))
        let changed = Date(timeIntervalSince1970: Double(Self.now - daysOld * Self.day))
        try FileManager.default.setAttributes([.modificationDate: changed], ofItemAtPath: full)
    }

    private func retention(
        _ folder: TemporaryFolder, maxBytes: Int = 1_000_000, quality: TimeQuality = .synchronized
    ) -> Retention {
        Retention(
            StorageLayout(directory: folder.path), maxBytes: maxBytes, maxDays: 14,
            now: { WallTime(milliseconds: Self.now * 1000) },
            quality: { quality })
    }

    private func exists(_ path: String, in folder: TemporaryFolder) -> Bool {
        FileManager.default.fileExists(atPath: folder.path + "/" + path)
    }

    @Test("what is too old goes, the rest stays, and nothing else in the storage is touched")
    func age() async throws {
        let folder = try TemporaryFolder()
        try file("results/b/p/s/old.jpg", bytes: 10, daysOld: 15, in: folder)
        try file("images/new.jpg", bytes: 10, daysOld: 13, in: folder)
        try file("porchlight.sqlite", bytes: 10, daysOld: 400, in: folder)
        try file("keys/token", bytes: 10, daysOld: 400, in: folder)
        let sweep = await retention(folder).sweep()
        #expect(sweep.deletedFiles == 1 && sweep.deletedBytes == 4096)
        #expect(sweep.keptFiles == 1 && sweep.keptBytes == 4096)
        #expect(exists("images/new.jpg", in: folder) && exists("porchlight.sqlite", in: folder))
        #expect(exists("keys/token", in: folder))
    }

    @Test("when there is too much the oldest goes first, until the rest fits")
    func bytes() async throws {
        let folder = try TemporaryFolder()
        for age in 1...5 {
            try file("\(age % 2 == 0 ? "results/x" : "images")/\(age).jpg", bytes: 100, daysOld: Int64(age), in: folder)
        }
        let sweep = await retention(folder, maxBytes: 10_000).sweep()
        #expect(sweep.keptBytes == 8192)
        #expect(exists("images/1.jpg", in: folder) && exists("results/x/2.jpg", in: folder))
        #expect(!exists("images/3.jpg", in: folder))
    }

    @Test("nothing is too old while the clock is wrong, and a stamp from before the clock was set tells no age")
    func wrongClock() async throws {
        let folder = try TemporaryFolder()
        try file("images/old.jpg", bytes: 10, daysOld: 100, in: folder)
        #expect(await retention(folder, quality: .unsynchronized).sweep().deletedFiles == 0)
        try file("images/1970.jpg", bytes: 10, daysOld: Self.now / Self.day, in: folder)
        #expect(await retention(folder).sweep().deletedFiles == 1)
        #expect(exists("images/1970.jpg", in: folder))
    }

    @Test("links are neither followed nor deleted")
    func links() async throws {
        let (folder, outside) = (try TemporaryFolder(), try TemporaryFolder())
        try file("images/a.jpg", bytes: 1, daysOld: 1, in: folder)
        try file("precious", bytes: 10, daysOld: 400, in: outside)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/images/link", withDestinationPath: outside.path)
        let sweep = await retention(folder).sweep()
        #expect(sweep.deletedFiles == 0)
        #expect(exists("precious", in: outside))
    }

    @Test("a storage without pictures is fine")
    func empty() async throws {
        let sweep = await retention(try TemporaryFolder()).sweep()
        #expect(sweep.keptFiles == 0 && sweep.failures == 0)
    }
}
