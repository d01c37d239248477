import Base
import Foundation
import Store
import Testing

@Suite("Better pictures of visits and marks wait for the next write")
struct DelayedWritesTests {
    private func store(_ folder: TemporaryFolder, boot: String) throws -> EventStore {
        EventStore(try folder.open(), bootID: boot, clock: HandClock().clock, logger: silent)
    }

    /// Events in the file, as somebody else reads them.
    private func inFile(_ folder: TemporaryFolder) throws -> [Int64] {
        try SQLiteConnection(path: folder.path + "/porchlight.sqlite").all(
            "SELECT sequence FROM event ORDER BY sequence"
        ) {
            try $0[0]
        }
    }

    @Test("an update costs an SD card nothing by itself: it is told with its number, and written with the visit's end")
    func together() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a")
        for phase in [Event.Phase.started, .updated, .updated] { try await store.append(try event(phase)) }
        #expect(try inFile(folder) == [1])
        let waiting = try await store.unsent(limit: 10)
        #expect(waiting.map(\.id) == [.event(1), .event(2), .event(3)])
        try await store.append(try event(.ended))
        #expect(try inFile(folder) == [1, 2, 3, 4])
        #expect(try await store.unsent(limit: 10).map(\.id) == (1...4).map { .event($0) })
    }

    @Test("what the broker has does not come again, whether the mark is in the file or not")
    func marks() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a")
        for phase in [Event.Phase.started, .updated, .updated] { try await store.append(try event(phase)) }
        try await store.markSent([.event(1), .event(2)])
        #expect(try await store.unsent(limit: 1).map(\.id) == [.event(3)])
        #expect(try await store.backlog().events == 1)
        #expect(await store.flush())
        #expect(try await store.unsent(limit: 10).map(\.id) == [.event(3)])
        #expect(try await store.backlog().events == 1)
        let later = try self.store(try folder.afterPowerCut(), boot: "b")
        #expect(try await later.unsent(limit: 10).map(\.id) == [.event(3)])
    }

    @Test("they wait a minute at most")
    func minute() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a")
        for phase in [Event.Phase.started, .updated] { try await store.append(try event(phase)) }
        await store.recover()
        #expect(try inFile(folder) == [1])
        await store.recover(at: .now() + .seconds(61))
        #expect(try inFile(folder) == [1, 2])
    }

    @Test("a power cut takes updates, and no number that was told is given again")
    func powerCut() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a")
        var told: [Int64] = []
        for phase in [Event.Phase.started, .updated, .updated, .updated] {
            told += [try #require(try await store.append(try event(phase)).sequence)]
        }
        let after = try self.store(try folder.afterPowerCut(), boot: "b")
        #expect(try await after.unsent(limit: 10).map(\.id) == [.event(1)])
        let next = try #require(try await after.append(try event(.ended)).sequence)
        #expect(next > (told.max() ?? 0))
        #expect(try await after.append(try event(.started)).sequence == next + 1)
    }

    /// A store as the next start of a killed program finds it: in the same folder, with the same boot of the kernel.
    private func store(_ folder: TemporaryFolder, boot: String, kernelBoot: String) throws -> EventStore {
        let journal = UpdateJournal(storage: folder.path, runtimeFolder: nil, kernelBoot: kernelBoot)
        return EventStore(
            try folder.open(), bootID: boot, clock: HandClock().clock, journal: journal, logger: silent)
    }

    @Test("a program that is killed in a visit loses no update, and the numbers go on without a gap")
    func killed() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a", kernelBoot: "k")
        for phase in [Event.Phase.started, .updated, .updated] { try await store.append(try event(phase)) }
        #expect(try inFile(folder) == [1])
        let after = try self.store(try folder.afterPowerCut(), boot: "b", kernelBoot: "k")
        #expect(try await after.append(try event(.ended)).sequence == 4)
        #expect(try await after.unsent(limit: 10).map(\.id) == (1...4).map { .event($0) })
    }

    @Test("what a killed program left is told although nothing new happens")
    func killedAndQuiet() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a", kernelBoot: "k")
        for phase in [Event.Phase.started, .updated] { try await store.append(try event(phase)) }
        let after = try self.store(try folder.afterPowerCut(), boot: "b", kernelBoot: "k")
        await after.recover()
        #expect(try await after.unsent(limit: 10).map(\.id) == [.event(1), .event(2)])
        #expect(try await after.append(try event(.updated)).sequence == 3)
    }

    @Test("killed again and again, nothing is missing and nothing comes twice in the file")
    func killedOften() async throws {
        var folder = try TemporaryFolder()
        for run in 0..<4 {
            let store = try store(folder, boot: "\(run)", kernelBoot: "k")
            for phase in [Event.Phase.started, .updated, .updated] { try await store.append(try event(phase)) }
            folder = try folder.afterPowerCut()
        }
        let last = try store(folder, boot: "last", kernelBoot: "k")
        #expect(try await last.append(try event(.ended)).sequence == 13)
        #expect(try inFile(folder) == Array(1...13))
    }

    @Test("after a power cut the journal is not believed: numbers are left out, and none is given twice")
    func journalOfAnotherBoot() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a", kernelBoot: "k")
        for phase in [Event.Phase.started, .updated] { try await store.append(try event(phase)) }
        let after = try self.store(try folder.afterPowerCut(), boot: "b", kernelBoot: "another")
        #expect(try #require(try await after.append(try event(.ended)).sequence) > 2)
        #expect(try await after.unsent(limit: 10).map(\.id).first == .event(1))
    }

    @Test("without room for the journal updates are written at once")
    func noJournal() async throws {
        let folder = try TemporaryFolder()
        let journal = UpdateJournal(storage: folder.path + "/missing", runtimeFolder: nil, kernelBoot: "k")
        let store = EventStore(
            try folder.open(), bootID: "a", clock: HandClock().clock, journal: journal, logger: silent)
        for phase in [Event.Phase.started, .updated, .updated] { try await store.append(try event(phase)) }
        #expect(try inFile(folder) == [1, 2, 3])
    }

    @Test("a crowd that never goes is written in pieces, and nothing of it is lost or out of order")
    func crowd() async throws {
        let folder = try TemporaryFolder()
        let store = try store(folder, boot: "a")
        var numbers = [try await store.append(try event(.started)).sequence]
        for _ in 0..<500 { numbers.append(try await store.append(try event(.updated)).sequence) }
        #expect(numbers == (1...501).map { $0 })
        #expect(try await store.unsent(limit: 1000).count == 501)
        #expect(await store.flush())
        #expect(try inFile(folder) == Array(1...501))
    }

    @Test("a file with large pages is written anew with small ones, and keeps everything")
    func smallPages() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/porchlight.sqlite"
        let store = try store(folder, boot: "a")
        for _ in 0..<3 { try await store.append(try event(.ended)) }
        let old = try folder.afterPowerCut()
        try SQLiteConnection(path: old.path + "/porchlight.sqlite")
            .script("PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM")
        let after = try self.store(old, boot: "b")
        #expect(try await after.append(try event(.started)).sequence == 4)
        for file in [path, old.path + "/porchlight.sqlite"] {
            let size = try SQLiteConnection(path: file).value("PRAGMA page_size") as Int?
            #expect(size == 1024)
        }
    }
}
