import Dispatch
import Foundation
import Store
import Testing

@Suite struct SQLitePoolTests {
    private func pool(_ folder: TemporaryFolder) async throws -> SQLitePool {
        let pool = try SQLitePool(path: folder.path + "/file", SQLiteSetup(label: "test", busyMilliseconds: 5000))
        try await pool.write { try $0.script("CREATE TABLE kept (value INTEGER) STRICT; INSERT INTO kept VALUES (1)") }
        return pool
    }

    private static let sum = "SELECT sum(value) FROM kept"

    @Test("who reads does not wait for who writes, and sees nothing that is not done")
    func readsBesideWriter() async throws {
        let folder = try TemporaryFolder()
        let pool = try await pool(folder)
        let (isWriting, isRead) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let write: Void = pool.write { db in
            try db.transaction(.writing) {
                try db.execute("INSERT INTO kept VALUES (2)")
                isWriting.signal()
                // Long after the test has failed.
                #expect(isRead.wait(timeout: .now() + 60) == .success)
            }
        }
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                isWriting.wait()
                done.resume()
            }
        }
        #expect(try await pool.read { try $0.value(Self.sum) } == 1)
        isRead.signal()
        try await write
        #expect(try await pool.read { try $0.value(Self.sum) } == 3)
    }

    @Test("all questions of one reading see the same state of the file")
    func snapshot() async throws {
        let folder = try TemporaryFolder()
        let pool = try await pool(folder)
        let (hasRead, isWritten) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let sums = pool.read { db in
            let before: Int? = try db.value(Self.sum)
            hasRead.signal()
            #expect(isWritten.wait(timeout: .now() + 60) == .success)
            return (before, try db.value(Self.sum) as Int?)
        }
        try await pool.write { db in
            hasRead.wait()
            try db.execute("INSERT INTO kept VALUES (2)")
        }
        isWritten.signal()
        let (before, after) = try await sums
        #expect(before == 1 && after == 1)
    }

    @Test("many who read at once all get their answer")
    func manyReaders() async throws {
        let folder = try TemporaryFolder()
        let pool = try await pool(folder)
        let sums = try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<200 { group.addTask { try await pool.read { try $0.value(Self.sum) } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums == Array(repeating: 1, count: 200))
    }

    @Test("who reads cannot write")
    func readersOnlyRead() async throws {
        let folder = try TemporaryFolder()
        let pool = try await pool(folder)
        let error = await #expect(throws: SQLiteError.self) {
            try await pool.read { try $0.execute("INSERT INTO kept VALUES (2)") }
        }
        #expect(error?.kind == .readOnly)
        #expect(try await pool.read { try $0.value(Self.sum) } == 1, "and reads on after that")
    }

    /// Of files in the folder.
    private func openDescriptors(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
            .filter { $0.hasPrefix(folder.path) }
    }

    @Test("a store that is closed has nothing open, has its log in the file, and refuses what comes later")
    func closed() async throws {
        let folder = try TemporaryFolder()
        let pool = try await pool(folder)
        #expect(try await pool.read { try $0.value(Self.sum) } == 1)
        await #expect(throws: SQLiteError.self) {
            try await pool.write { try $0.execute("INSERT INTO nowhere VALUES (2)") }
        }
        #expect(try openDescriptors(in: folder).count > 2)
        pool.close()
        #expect(try openDescriptors(in: folder) == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
        await #expect(throws: SQLiteError.self) { try await pool.read { try $0.value(Self.sum) as Int? } }
        await #expect(throws: SQLiteError.self) { try await pool.write { try $0.execute("DELETE FROM kept") } }
    }

    @Test("a store that nobody uses any more has nothing open")
    func forgotten() async throws {
        let folder = try TemporaryFolder()
        #expect(try await pool(folder).read { try $0.value(Self.sum) } == 1)
        #expect(try openDescriptors(in: folder) == [])
    }
}
