import Base
import Foundation
import Logging
import Porchlight
import Runtime
import Testing

@Suite struct WriteTallyTests {
    private static let day: Int64 = 86_400_000
    private static let noon = WallTime(milliseconds: 20_800 * day + day / 2)

    @Test("a day's bytes are counted over restarts, and midnight begins anew")
    func days() {
        var tally = WriteTally()
        tally.note(100, at: Self.noon)
        tally.note(250, at: Self.noon)
        #expect(tally.bytes == 250)
        var next = WriteTally(day: tally.day, bytes: tally.bytes)
        next.note(50, at: Self.noon)
        #expect(next.bytes == 300)
        next.note(60, at: WallTime(milliseconds: Self.noon.milliseconds + Self.day))
        #expect(next.bytes == 10)
    }

    @Test("a clock that is set late, or back, begins no new day")
    func oddClocks() {
        var tally = WriteTally()
        tally.note(100, at: WallTime(milliseconds: 5000))
        #expect(tally.day == nil && tally.bytes == 100)
        tally.note(150, at: Self.noon)
        #expect(tally.bytes == 150)
        tally.note(160, at: WallTime(milliseconds: Self.noon.milliseconds - Self.day))
        #expect(tally.bytes == 160)
    }

    @Test("once the clock cannot be believed a day is 24 hours of running: a box without a clock keeps pictures again")
    func noClock() {
        var tally = WriteTally()
        let (unset, start) = (WallTime(milliseconds: 5000), MonotonicTime(nanoseconds: 0))
        tally.note(100, at: unset, start)
        tally.note(200, at: unset, start + .seconds(86_399))
        #expect(tally.bytes == 200)
        tally.note(210, at: unset, start + .seconds(86_400))
        #expect(tally.bytes == 10)
    }

    @Test("from three quarters of a day's bytes on pictures are spared and counted, until the next day")
    func budget() {
        var tally = WriteTally()
        tally.note(700, at: Self.noon)
        let fits = tally.admits(50, of: 1000), isTooLarge = !tally.admits(51, of: 1000)
        #expect(fits && isTooLarge)
        tally.note(900, at: Self.noon)
        let isFull = !tally.admits(1, of: 1000)
        #expect(isFull && tally.spared == 2)
        tally.note(900, at: WallTime(milliseconds: Self.noon.milliseconds + Self.day))
        let fitsAgain = tally.admits(750, of: 1000)
        #expect(tally.spared == 0 && fitsAgain)
    }

    @Test("a program that is killed again and again is bounded as one that runs: each of its runs counts a step")
    func killed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "meter-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = StorageFile(path: folder.appending(path: "bytes-written").path(), mostBytes: 256, .eventual)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let most = 8 * WriteMeter.saveStep
        for _ in 0..<8 {
            let meter = WriteMeter(file, most: most, logger: quiet)
            meter.countKilledRun()
            // Its queue has saved what was due; the end never comes.
            _ = meter.admits(1)
            meter.waitUntilSaved()
        }
        let meter = WriteMeter(file, most: most, logger: quiet)
        #expect(!meter.admits(1))
        #expect(meter.sparedCount == 1)
        #expect(meter.troubles.count == 1 && meter.troubles[0].contains("storage.maxMegabytesWrittenPerDay"))
    }

    @Test("a file that somebody wrote into does no harm", arguments: ["", "x y", "1", "1 2 3", "9 -5", "\u{0}"])
    func brokenFile(text: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "meter-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "bytes-written")
        try Data(text.utf8).write(to: file)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let meter = WriteMeter(StorageFile(path: file.path(), mostBytes: 256, .eventual), logger: quiet)
        #expect((meter.read() ?? 0) >= 0)
        meter.finish()
        guard let written = meter.read() else { return }
        let numbers = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        #expect(numbers.count == 2 && (Int64(numbers[1]) ?? -1) <= written)
    }
}
