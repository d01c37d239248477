package import Base
import FoundationEssentials
package import Logging
package import Runtime
import Synchronization

/// Bytes that this program caused to be written to disk, per day in UTC, over restarts: what wears an SD card out. Pure; the
/// clocks are parameters.
package struct WriteTally: Sendable, Equatable {
    /// Days since 1970; nil until the clock could be believed once.
    package private(set) var day: Int64?
    /// Of that day.
    package private(set) var bytes: Int64
    /// Pictures of that day that were not written, to spare the disk.
    package private(set) var spared = 0
    /// The kernel's counter at the last reading; it begins anew with each start.
    private var counter: Int64 = 0
    /// While the clock cannot be believed a day is 24 hours of running.
    private var began: MonotonicTime?

    package init(day: Int64? = nil, bytes: Int64 = 0) {
        self.day = day
        self.bytes = max(0, bytes)
    }

    /// - Parameter counter: bytes since the start of the program. What was written around midnight goes to the new day.
    package mutating func note(_ counter: Int64, at now: WallTime, _ running: MonotonicTime = .now()) {
        let grown = max(0, counter - self.counter)
        self.counter = counter
        let today = now.milliseconds / 86_400_000
        // A clock that is not set, or set back, begins no new day.
        if now.isPlausible {
            if let day, today > day { beginDay() }
            day = today
            began = nil
        } else if running - (began ?? running) >= .seconds(86_400) {
            beginDay()
            began = running
        } else {
            began = began ?? running
        }
        add(grown)
    }

    /// Bytes that no reading told of.
    package mutating func add(_ more: Int64) {
        bytes = bytes.addingReportingOverflow(max(0, more)).overflow ? .max : bytes + max(0, more)
    }

    /// Of the day's bytes the last quarter is kept for what is always written: events, and settings that somebody changes.
    /// - Returns: whether a picture may be written; if not it is counted.
    package mutating func admits(_ picture: Int, of most: Int64) -> Bool {
        let room = most - most / 4 - bytes
        if Int64(picture) <= room { return true }
        spared += 1
        return false
    }

    private mutating func beginDay() { (bytes, spared) = (0, 0) }
}

/// The tally of this run, the file that carries it over restarts, and what a day's writes may be.
package final class WriteMeter: Sendable {
    /// The file is written when so much more has been written by others: an idle box writes nothing. A program that is
    /// killed forgets at most so much.
    package static let saveStep: Int64 = 1 << 20

    private let file: StorageFile
    private let most: Int64
    private let logger: Logger
    private let state: Mutex<State>
    private let disk: DiskQueue

    private struct State {
        var tally: WriteTally
        var saved: WriteTally
        /// Since the start.
        var spared = 0
        /// What was admitted: counts where the kernel does not.
        var admitted: Int64 = 0
    }

    /// - Parameter most: bytes of a day; from three quarters of it on no picture is written.
    package init(_ file: StorageFile, most: Int64 = .max, beats: Heartbeats? = nil, logger: Logger) {
        disk = DiskQueue("bytes written", beats: beats)
        self.file = file
        self.most = most
        self.logger = logger
        let words = (try? file.read()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let numbers = words.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
        let tally =
            numbers.count == 2 ? WriteTally(day: numbers[0] > 0 ? numbers[0] : nil, bytes: numbers[1]) : WriteTally()
        state = Mutex(State(tally: tally, saved: tally))
    }

    /// The run before this one was killed: it may have written a step that it had no time to save. So a program that dies
    /// again and again is bounded as well.
    package func countKilledRun() { state.withLock { $0.tally.add(Self.saveStep) } }

    /// Bytes written today; nil where the kernel does not count them.
    package func read(at now: WallTime = .now()) -> Int64? {
        guard let counter = Self.counter else { return nil }
        return note(counter, at: now) { $0.tally.bytes }
    }

    /// Whether a picture may be written now. To be asked right before it is, on the queue that writes.
    package func admits(_ picture: Int, at now: WallTime = .now()) -> Bool {
        let counter = Self.counter
        return note(counter ?? state.withLock(\.admitted), at: now) { state in
            let isAdmitted = state.tally.admits(picture, of: most)
            if isAdmitted { state.admitted += Int64(picture) } else { state.spared += 1 }
            return isAdmitted
        }
    }

    /// Pictures that were not written since the start, to spare the disk.
    package var sparedCount: Int { state.withLock(\.spared) }

    /// What is not kept today, in words with a remedy; empty when all is.
    package var troubles: [String] {
        let spared = state.withLock(\.tally.spared)
        guard spared > 0 else { return [] }
        return [
            "\(spared) pictures were not kept today, to spare the disk; events are, and pictures still go to the broker. It "
                + "ends at midnight UTC; storage.maxMegabytesWrittenPerDay (\(most >> 20)) is how much may be written"
        ]
    }

    /// Returns when what was due is in the file.
    package func waitUntilSaved() { disk.sync {} }

    /// The program ends.
    package func finish(at now: WallTime = .now()) {
        _ = read(at: now)
        disk.sync { save() }
    }

    private func note<R: Sendable>(_ counter: Int64, at now: WallTime, _ body: (inout State) -> R) -> R {
        let (result, isDue) = state.withLock { state in
            state.tally.note(counter, at: now)
            let result = body(&state)
            let known = state.saved.day == state.tally.day ? state.saved.bytes : 0
            return (result, state.tally.bytes - known >= Self.saveStep)
        }
        if isDue { disk.async { self.save() } }
        return result
    }

    private func save() {
        let (tally, isNews) = state.withLock { state in
            defer { state.saved = state.tally }
            return (state.tally, state.saved.bytes != state.tally.bytes || state.saved.day != state.tally.day)
        }
        guard isNews else { return }
        do throws(SystemError) {
            // Day 0: the clock was never set.
            try file.write(Array("\(tally.day ?? 0) \(tally.bytes)\n".utf8))
        } catch {
            logger.warning("the next start will not know what was written today", metadata: ["error": "\(error)"])
        }
    }

    /// `write_bytes` of proc(5), `/proc/pid/io`.
    private static var counter: Int64? {
        guard let bytes = try? readFile("/proc/self/io", atMost: 4096) else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("write_bytes:") }
        return line.flatMap { Int64($0.dropFirst("write_bytes: ".count)) }
    }
}
