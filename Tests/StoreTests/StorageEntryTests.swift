import Foundation
import Runtime
import Store
import Testing

@Suite("The storage directory")
struct StorageEntryTests {
    @Test("what is more than a file may hold is refused whole, and what was there stays")
    func bound() throws {
        let folder = try TemporaryFolder()
        let file = StorageLayout(directory: folder.path).file(.runState)
        try file.write(Array("running boot".utf8))
        #expect(throws: SystemError(call: "write \(file.path)", errno: EFBIG)) {
            try file.write([UInt8](repeating: 0x61, count: file.mostBytes + 1))
        }
        #expect(try file.read() == Array("running boot".utf8))
    }

    @Test("a file that somebody has blown up is not read into memory")
    func blownUp() throws {
        let folder = try TemporaryFolder()
        let file = StorageLayout(directory: folder.path).file(.credentials)
        try Data(count: file.mostBytes + 1).write(to: URL(fileURLWithPath: file.path))
        #expect(throws: SystemError(call: "read \(file.path)", errno: EFBIG)) { _ = try file.read() }
    }

    @Test("secrets are readable for their owner alone", arguments: [StorageEntry.credentials, .retainedTopics])
    func modes(entry: StorageEntry) throws {
        let folder = try TemporaryFolder()
        let file = StorageLayout(directory: folder.path).file(entry)
        try file.write([])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("a link in the place of a file is not followed")
    func link() throws {
        let folder = try TemporaryFolder()
        let file = StorageLayout(directory: folder.path).file(.background)
        let secret = folder.path + "/secret"
        try Data("secret".utf8).write(to: URL(fileURLWithPath: secret))
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: secret)
        #expect(throws: SystemError.self) { _ = try file.read() }
        try file.write(Array("{}".utf8))
        #expect(try String(contentsOfFile: secret, encoding: .utf8) == "secret")
    }

    @Test("pictures make room for everything else in the directory, samples and damaged databases too")
    func oneBound() async throws {
        let folder = try TemporaryFolder()
        let layout = StorageLayout(directory: folder.path)
        try write(40_000, "porchlight.sqlite", in: folder)
        try write(40_000, "porchlight.sqlite.damaged-1", in: folder)
        try write(8192, "samples/door/images/a.jpg", in: folder)
        for index in 1...5 { try write(4096, "images/door/\(index).jpg", in: folder) }
        let sweep = await Retention(layout, maxBytes: 100_000, maxDays: 14).sweep()
        #expect(sweep.usage[.database] == 80_000 && sweep.usage[.samples] == 8192)
        #expect(sweep.keptFiles == 2 && sweep.usage[.images] == 8192 && sweep.usage[.results] == 0)
        let all = await Retention(layout, maxBytes: 10, maxDays: 14).sweep()
        #expect(all.keptFiles == 0, "no room is left, and only pictures go")
        #expect(FileManager.default.fileExists(atPath: folder.path + "/samples/door/images/a.jpg"))
    }

    private func write(_ bytes: Int, _ name: String, in folder: TemporaryFolder) throws {
        let file = URL(fileURLWithPath: folder.path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(count: bytes).write(to: file)
    }
}
