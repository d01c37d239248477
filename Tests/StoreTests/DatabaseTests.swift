import Base
import Foundation
import Store
import Synchronization
import TestSupport
import Testing

@Suite struct DatabaseTests {
    private func damagedFiles(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.contains(".damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
    }

    @Test("garbage instead of a database is moved aside and a fresh one begun")
    func garbage() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/porchlight.sqlite"
        try Data(repeating: 0x5A, count: 20_000).write(to: URL(fileURLWithPath: path))
        let database = try folder.open()
        let aside = try #require(database.movedAside)
        #expect(FileManager.default.contents(atPath: aside)?.count == 20_000)
        try await ProcessorStore(database, logger: silent).save(try processor("a"))
        database.close()
        let again = try folder.open()
        #expect(again.movedAside == nil)
        #expect(try await ProcessorStore(again, logger: silent).load().count == 1)
    }

    @Test("only the newest damaged files are kept")
    func bounded() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<5 {
            try Data(repeating: 0x5A, count: 8192).write(to: URL(fileURLWithPath: folder.path + "/porchlight.sqlite"))
            try folder.open().close()
            for part in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: folder.path + "/porchlight.sqlite" + part)
            }
        }
        #expect(try damagedFiles(in: folder).count <= 2)
    }

    @Test("a store that bits were flipped in opens again, as it was or begun anew, and works", arguments: 1...40)
    func bitFlips(seed: Int) async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ProcessorStore(database, logger: silent)
        for index in 0..<20 { try await store.save(try processor("p\(index)")) }
        database.close()
        var random = SplitMix(seed: UInt64(seed))
        var bytes = [UInt8](try #require(FileManager.default.contents(atPath: database.path)))
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        }
        if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
        try Data(bytes).write(to: URL(fileURLWithPath: database.path))
        // Damage that SQLite's check does not see may show later; then the next start must get over it.
        for _ in 0..<2 {
            do {
                let again = try folder.open()
                let store = ProcessorStore(again, logger: silent)
                _ = try await store.load()
                try await store.save(try processor("after"))
                #expect(try await store.load().contains(try processor("after")))
                return
            } catch let error as StoreError {
                #expect(!error.description.isEmpty)
            }
        }
        Issue.record("the store never got over its damage")
    }

    @Test("a write-ahead log that the power cut tore gives an older state, not a broken store", arguments: 1...20)
    func tornLog(seed: Int) async throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        let store = ProcessorStore(database, logger: silent)
        for revision in 1...20 { try await store.save(try processor("a", revision: revision)) }
        let cut = try folder.afterPowerCut()
        var random = SplitMix(seed: UInt64(seed))
        let log = URL(fileURLWithPath: cut.path + "/porchlight.sqlite-wal")
        var bytes = [UInt8](try Data(contentsOf: log))
        bytes[Int.random(in: bytes.indices, using: &random)] ^= 0x55
        bytes.removeLast(Int.random(in: 0..<bytes.count / 2, using: &random))
        try Data(bytes).write(to: log)
        // The shared index is rebuilt from the log after a power cut.
        try FileManager.default.removeItem(atPath: cut.path + "/porchlight.sqlite-shm")
        let again = try cut.open()
        #expect(again.movedAside == nil)
        let kept = ProcessorStore(again, logger: silent)
        #expect(try await kept.load().allSatisfy { $0.description.settings.revision <= 20 })
        try await kept.save(try processor("a", revision: 21))
        #expect(try await kept.load() == [try processor("a", revision: 21)])
    }

    @Test("a file of a newer version is left alone")
    func tooNew() throws {
        let folder = try TemporaryFolder()
        try folder.open().close()
        try SQLiteConnection(path: folder.path + "/porchlight.sqlite").script(
            "INSERT INTO grdb_migrations VALUES ('999 from the future')")
        #expect(throws: StoreError.tooNew(path: folder.path + "/porchlight.sqlite")) { _ = try folder.open() }
        #expect(try damagedFiles(in: folder).isEmpty)
    }

    /// Everything behind the first page.
    private func garble(_ path: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let size = try file.seekToEnd()
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0x5A, count: Int(size) - 4096))
        try file.close()
    }

    private func filled(_ folder: TemporaryFolder, events: Int) async throws {
        let database = try folder.open()
        let store = EventStore(database, bootID: "boot-1", clock: HandClock().clock, logger: silent)
        for index in 0..<events { try await store.append(try event(.started, visit: "v\(index)")) }
        // Takes everything into the file.
        database.close()
    }

    @Test("a store that is damaged while it is used is laid aside and begun anew; numbers go on")
    func damagedWhileRunning() async throws {
        let folder = try TemporaryFolder()
        // More than SQLite keeps in memory.
        try await filled(folder, events: 4000)
        let database = try folder.open()
        let store = EventStore(database, bootID: "boot-2", clock: HandClock().clock, logger: silent)
        let processors = ProcessorStore(database, logger: silent)
        try await processors.save(try processor("a"))
        try garble(database.path)
        #expect(try await store.recent(limit: 10_000).isEmpty, "what was there is lost")
        #expect(try await store.append(try event(.started)).sequence == 4001, "no number is given twice")
        #expect(database.renewals == 1 && database.generation == 1 && database.trouble == nil)
        let aside = try #require(database.movedAside)
        #expect(FileManager.default.fileExists(atPath: aside))
        #expect(try await store.droppedCount().events == 4000)
        let door = try #require(CameraName("door"))
        #expect(
            try await processors.unseen(among: [door]).isEmpty, "the next start makes no processors of its own")
        #expect(try await store.unsentEvents(limit: 10).compactMap(\.sequence) == [4001])
        database.close()
        #expect(try folder.open().movedAside == nil)
    }

    @Test("visits that are open when the store is begun anew are still ended by a start after a power cut")
    func openVisitsAfterRenewal() async throws {
        let folder = try TemporaryFolder()
        try await filled(folder, events: 4000)
        let database = try folder.open()
        let store = EventStore(database, bootID: "boot-2", clock: HandClock().clock, logger: silent)
        _ = await store.record([.init(try event(.started, visit: "open"))])
        _ = await store.record([.init(try event(.started, visit: "over"))])
        _ = await store.record([.init(try event(.ended, visit: "over"))])
        try garble(database.path)
        _ = try await store.recent(limit: 10_000)
        await store.recover()
        let cut = try folder.afterPowerCut()
        let after = EventStore(try cut.open(), bootID: "boot-3", clock: HandClock().clock, logger: silent)
        #expect(try await after.openVisits(beforeBoot: "boot-3").map(\.id) == ["open"])
    }

    @Test("a disk that damages every new file does not get one after the other, but one a minute")
    func damagedAgain() async throws {
        let folder = try TemporaryFolder()
        try await filled(folder, events: 4000)
        let seconds = Mutex(Int64(0))
        let database = try folder.open(now: { MonotonicTime(nanoseconds: seconds.withLock(\.self) * 1_000_000_000) })
        let store = EventStore(database, bootID: "boot-2", clock: HandClock().clock, logger: silent)
        try garble(database.path)
        _ = try await store.recent(limit: 10_000)
        for index in 0..<4000 { try await store.append(try event(.started, visit: "v\(index)")) }
        for part in ["", "-wal"] { try garble(database.path + part) }
        seconds.withLock { $0 = 59 }
        await #expect(throws: StoreError.self) { _ = try await store.recent(limit: 10_000) }
        #expect(database.renewals == 1)
        #expect(try damagedFiles(in: folder).count == 1)
        seconds.withLock { $0 = 60 }
        _ = try await store.recent(limit: 10_000)
        #expect(database.renewals == 2)
    }

    @Test("a storage directory that cannot be made is an error in words")
    func noFolder() throws {
        #expect(throws: StoreError.self) { _ = try Database.opening(in: "/proc/nowhere", logger: silent) }
    }

    @Test("nobody else may read the file")
    func mode() throws {
        let folder = try TemporaryFolder()
        let database = try folder.open()
        for part in ["", "-wal"] {
            let facts = try FileManager.default.attributesOfItem(atPath: database.path + part)
            #expect(facts[.posixPermissions] as? Int == 0o600)
        }
        #expect(StorageLayout(directory: folder.path).usage(of: .database) > 0)
    }
}
