package import Base
import FoundationEssentials
package import Logging
package import Runtime
import Synchronization

/// Bytes that this program caused to be written to disk, per day in UTC, over restarts: what wears an SD card out.
package struct WriteTally: Sendable, Equatable {
    /// Days since 1970; nil until the clock could be believed once.
    package private(set) var day: Int64?
    /// Of that day.
    package private(set) var bytes: Int64
    /// The kernel's counter at the last reading; it begins anew with each start.
    private var counter: Int64 = 0

    package init(day: Int64? = nil, bytes: Int64 = 0) {
        self.day = day
        self.bytes = max(0, bytes)
    }

    /// - Parameter counter: bytes since the start of the program. What was written around midnight goes to the new day.
    package mutating func note(_ counter: Int64, at now: WallTime) {
        let grown = max(0, counter - self.counter)
        self.counter = counter
        let today = now.milliseconds / 86_400_000
        // A clock that is not set, or set back, begins no new day.
        if now.isPlausible {
            if let day, today > day { bytes = 0 }
            day = today
        }
        bytes = bytes.addingReportingOverflow(grown).overflow ? .max : bytes + grown
    }
}

/// The tally of this run and the file that carries it over restarts.
package final class WriteMeter: Sendable {
    /// The file is written when so much more has been written by others: an idle box writes nothing. A program that is
    /// killed forgets at most so much.
    package static let saveStep: Int64 = 1 << 20

    private let file: StorageFile
    private let logger: Logger
    private let state: Mutex<(tally: WriteTally, saved: WriteTally)>
    private let disk: DiskQueue

    package init(_ file: StorageFile, beats: Heartbeats? = nil, logger: Logger) {
        disk = DiskQueue("bytes written", beats: beats)
        self.file = file
        self.logger = logger
        let words = (try? file.read()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let numbers = words.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
        let tally = numbers.count == 2 ? WriteTally(day: numbers[0], bytes: numbers[1]) : WriteTally()
        state = Mutex((tally, tally))
    }

    /// Bytes written today; nil where the kernel does not count them.
    package func read(at now: WallTime = .now()) -> Int64? {
        guard let counter = Self.counter else { return nil }
        let (bytes, isDue) = state.withLock { state in
            state.tally.note(counter, at: now)
            let known = state.saved.day == state.tally.day ? state.saved.bytes : 0
            return (state.tally.bytes, state.tally.bytes - known >= Self.saveStep)
        }
        if isDue { disk.async { self.save() } }
        return bytes
    }

    /// The program ends.
    package func finish(at now: WallTime = .now()) {
        _ = read(at: now)
        disk.sync { save() }
    }

    private func save() {
        let (tally, isNews) = state.withLock { state in
            defer { state.saved = state.tally }
            return (state.tally, state.saved.bytes != state.tally.bytes || state.saved.day != state.tally.day)
        }
        guard isNews, let day = tally.day else { return }
        do throws(SystemError) {
            try file.write(Array("\(day) \(tally.bytes)\n".utf8))
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
