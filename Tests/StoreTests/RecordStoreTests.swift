import Base
import Store
import Synchronization
import Testing

@Suite("Data streams on disk")
struct RecordStoreTests {
    /// A store with the stream `faces`, and clocks that the test moves.
    private final class Box: Sendable {
        let folder: TemporaryFolder
        let clock = HandClock()
        private let monotonic = Clock()
        let database: Database
        let store: RecordStore
        static let stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/faces"

        init(
            _ folder: TemporaryFolder? = nil, bounds: RecordStore.Bounds = .init(), now: Int64 = 1_767_225_600_000,
            isNamed: Bool = true
        ) async throws {
            self.folder = try folder ?? TemporaryFolder()
            clock.set(now: now)
            let monotonic = monotonic
            database = try self.folder.open()
            store = RecordStore(
                database, bounds: bounds, clock: clock.clock,
                now: { MonotonicTime(nanoseconds: monotonic.time.withLock { $0 }) }, logger: silent)
            await store.open()
            if isNamed { await store.name([try #require(DataStreamARN(Self.stream))]) }
        }

        private final class Clock: Sendable { let time = Mutex<Int64>(0) }

        var faces: StreamName { get throws { try #require(StreamName("faces")) } }

        func append(_ text: String, isLasting: Bool = true) async throws {
            await store.append(Array(text.utf8), key: "door", isLasting: isLasting, to: try faces)
        }

        func page(from sequence: Int64 = 0, limit: Int = 10_000, bytes: Int = 1 << 20) async throws -> RecordPage {
            try #require(try await store.page(of: try faces, from: sequence, limit: limit, bytes: bytes))
        }

        func texts(from sequence: Int64 = 0) async throws -> [String] {
            try await page(from: sequence).records.map { String(decoding: $0.data, as: UTF8.self) }
        }

        func wait(seconds: Int64) { monotonic.time.withLock { $0 += seconds * 1_000_000_000 } }
    }

    @Test("what was written is there after the power was cut, and a reader goes on by its number")
    func powerCut() async throws {
        let box = try await Box()
        for text in ["a", "b", "c"] { try await box.append(text) }
        await box.store.flush()
        let saved = try #require(try await box.page().records.dropFirst().first?.sequence)
        let again = try await Box(try box.folder.afterPowerCut())
        #expect(try await again.texts() == ["a", "b", "c"])
        #expect(try await again.texts(from: saved + 1) == ["c"])
        try await again.append("d")
        #expect(try await again.texts(from: saved + 1) == ["c", "d"])
    }

    @Test("no number is given twice: not after a power cut, and not when the clock was set back meanwhile")
    func numbers() async throws {
        let box = try await Box()
        for text in ["a", "b"] { try await box.append(text) }
        let told = try await box.page().records.map(\.sequence)
        // Never written, but somebody may have read it.
        let again = try await Box(try box.folder.afterPowerCut(), now: 1_000)
        try await again.append("c")
        let next = try #require(try await again.page().records.last?.sequence)
        #expect(told == told.sorted() && told.allSatisfy { $0 < next })
    }

    @Test("records wait in memory for half a minute, or for many of them, and are then written together")
    func batches() async throws {
        let box = try await Box()
        try await box.append("a")
        await box.store.tick()
        #expect(try await Box(try box.folder.afterPowerCut()).texts().isEmpty)
        box.wait(seconds: 30)
        await box.store.tick()
        #expect(try await Box(try box.folder.afterPowerCut()).texts() == ["a"])
        try await box.append(String(repeating: "b", count: 200_000))
        #expect(try await Box(try box.folder.afterPowerCut()).page().records.count == 2)
    }

    @Test("frames without faces are readable, and wear out no SD card")
    func fleeting() async throws {
        let box = try await Box()
        try await box.append("empty", isLasting: false)
        try await box.append("face")
        #expect(try await box.texts() == ["empty", "face"])
        box.wait(seconds: 60)
        await box.store.tick()
        #expect(try await Box(try box.folder.afterPowerCut()).texts() == ["face"])
    }

    @Test("a page has no more records and bytes than asked for, and says how far behind it is")
    func pages() async throws {
        let box = try await Box()
        for text in ["aaaa", "bbbb", "cccc"] { try await box.append(text) }
        box.clock.set(now: 1_767_225_605_000)
        let first = try await box.page(limit: 2)
        #expect(first.records.count == 2 && first.behind == .seconds(5))
        let second = try await box.page(from: first.next, bytes: 1)
        #expect(second.records.count == 1 && second.behind == .zero)
        #expect(try await box.page(from: second.next) == RecordPage(records: [], next: second.next, behind: .zero))
    }

    @Test("what memory has no room for any more comes from the disk, in one order with the rest")
    func fromDisk() async throws {
        let box = try await Box()
        let (count, text) = (40, String(repeating: "x", count: 64 << 10))
        for _ in 0..<count { try await box.append(text) }
        var (seen, next) = ([Int64](), Int64(0))
        while true {
            let page = try await box.page(from: next)
            if page.records.isEmpty { break }
            seen += page.records.map(\.sequence)
            next = page.next
        }
        #expect(seen.count == count && seen == seen.sorted() && Set(seen).count == count)
        #expect(await box.store.lostCount == 0)
    }

    @Test("the oldest records go when there are too many, too much, or when they are too old")
    func bounds() async throws {
        var few = RecordStore.Bounds()
        few.records = 3
        let box = try await Box(bounds: few)
        for text in ["a", "b", "c", "d", "e"] { try await box.append(text) }
        await box.store.flush()
        #expect(try await Box(try box.folder.afterPowerCut()).texts() == ["c", "d", "e"])
        var small = RecordStore.Bounds()
        small.bytes = 2
        let tight = try await Box(bounds: small)
        for text in ["a", "b", "c"] { try await tight.append(text) }
        await tight.store.flush()
        let again = try await Box(try tight.folder.afterPowerCut(), now: 1_767_225_600_000)
        #expect(try await again.texts() == ["b", "c"])
        again.clock.set(now: 1_767_225_600_000 + 86_400_001)
        await again.store.prune()
        #expect(try await again.texts().isEmpty)
    }

    @Test("a stream that no processor names any more stays for its readers until its records are too old")
    func unnamed() async throws {
        let box = try await Box()
        try await box.append("a")
        await box.store.name([])
        #expect(try await box.texts() == ["a"])
        let again = try await Box(try box.folder.afterPowerCut(), isNamed: false)
        #expect(await again.store.streams().map(\.arn.text) == [Box.stream])
        again.clock.set(now: 1_767_225_600_000 + 86_400_001)
        await again.store.prune()
        #expect(await again.store.streams().isEmpty)
    }

    @Test("what is forgotten is gone from memory, and never reaches the disk")
    func forgotten() async throws {
        let box = try await Box()
        for text in ["Anna is there", "Bert is there"] { try await box.append(text) }
        #expect(await box.store.forget(holding: Array("Anna".utf8)) == 1)
        await box.store.flush()
        #expect(try await box.texts() == ["Bert is there"])
        #expect(try await Box(try box.folder.afterPowerCut()).texts() == ["Bert is there"])
    }

    @Test("a reader begins at a time")
    func byTime() async throws {
        let box = try await Box()
        try await box.append("a")
        box.clock.set(now: 1_767_225_610_000)
        try await box.append("b")
        let sequence = try #require(
            try await box.store.firstSequence(
                of: try box.faces, arrivedFrom: WallTime(milliseconds: 1_767_225_605_000)))
        #expect(try await box.texts(from: sequence) == ["b"])
        let later = WallTime(milliseconds: 1_767_225_620_000)
        let end = try #require(try await box.store.firstSequence(of: try box.faces, arrivedFrom: later))
        #expect(try await box.texts(from: end).isEmpty)
    }

    @Test("while the disk is full records are readable from memory, and are written once there is room")
    func diskFull() async throws {
        let box = try await Box()
        try await box.database.limit(toPages: 1)
        for _ in 0..<8 { try await box.append(String(repeating: "x", count: 32 << 10)) }
        #expect(try await box.page().records.count == 8)
        try await box.database.limit(toPages: 100_000)
        box.wait(seconds: 30)
        await box.store.tick()
        #expect(try await Box(try box.folder.afterPowerCut()).page().records.count == 8)
    }
}
