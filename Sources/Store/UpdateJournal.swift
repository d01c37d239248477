import Base
import Dispatch
import FoundationEssentials
import Glibc
import Runtime

/// Updates of visits that are not in the store's file yet, for the next start of a program that was killed: nothing of them is
/// missing then, and no number is given twice.
///
/// The file lies in the runtime folder, which is memory and outlives the process. Where there is none it lies in the storage
/// folder and is never synced: a kill takes nothing, a power cut may. What a power cut left is not believed: its first line
/// names the boot of the kernel. Each further line is one event, JSON.
package final class UpdateJournal: Sendable {
    /// One event with its number, as it is stored.
    struct Line: Codable, Sendable {
        let sequence: Int64
        let bootID: String
        let time: Int64
        let timeQuality: TimeQuality
        let imagePath: String?
        let event: Event

        var recorded: RecordedEvent {
            RecordedEvent(
                sequence: sequence, bootID: bootID, time: WallTime(milliseconds: time), timeQuality: timeQuality,
                event: event, imagePath: imagePath)
        }
    }

    /// What an earlier run has left.
    struct Inheritance: Sendable {
        var events: [RecordedEvent] = []
        /// Nothing can be missing among them. False after a power cut: numbers may have been given that nobody knows.
        var isWhole = false
    }

    static let mostBytes = 1 << 20

    private let path: String
    private let header: [UInt8]
    let inherited: Inheritance
    /// Disk work blocks: it has a queue of its own.
    private let disk = DispatchQueue(label: "updates of visits")

    /// Reads what the run before this one has left; it stays until the first `replace`.
    /// - Parameters:
    ///   - storage: the storage directory.
    ///   - runtimeFolder: lies in memory and outlives the process; nil where there is none.
    ///   - kernelBoot: names this boot of the kernel; empty when nothing does, and nothing is believed then.
    package init(storage: String, runtimeFolder: String?, kernelBoot: String) {
        path = StorageLayout(directory: runtimeFolder ?? storage).path(of: .updateJournal)
        header = Array("\(kernelBoot)\n".utf8)
        inherited = kernelBoot.isEmpty ? Inheritance() : Self.inheritance(in: path, after: header)
    }

    private static func inheritance(in path: String, after header: [UInt8]) -> Inheritance {
        guard let bytes = try? OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW).read(atMost: mostBytes),
            bytes.starts(with: header)
        else { return Inheritance() }
        let lines = bytes.dropFirst(header.count).split(separator: UInt8(ascii: "\n"))
        // A line that was being written when the program was killed was not told.
        let events = lines.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0)).recorded }
        return Inheritance(events: events, isWhole: true)
    }

    /// Keeps these too.
    /// - Returns: false when that is not possible: they have to go into the store's file.
    func add(_ events: [RecordedEvent]) async -> Bool {
        guard let bytes = Self.lines(of: events) else { return false }
        return await work { (path) throws(SystemError) in
            let file = try OwnedFileDescriptor.opening(path, O_WRONLY | O_APPEND | O_NOFOLLOW)
            try file.write(bytes, named: path)
        }
    }

    /// Keeps these and no others: the rest is in the store's file.
    /// - Returns: false when that is not possible.
    @discardableResult
    func replace(with events: [RecordedEvent]) async -> Bool {
        guard let bytes = Self.lines(of: events) else { return false }
        return await work { [header] (path) throws(SystemError) in
            // In place: a new file each time would cost an SD card more than its content.
            let file = try OwnedFileDescriptor.opening(path, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600)
            let raw = file.raw
            try SystemError.check("ftruncate \(path)") { ftruncate(raw, 0) }
            try file.write(header + bytes, named: path)
        }
    }

    private static func lines(of events: [RecordedEvent]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for recorded in events {
            guard let sequence = recorded.sequence else { return nil }
            let line = Line(
                sequence: sequence, bootID: recorded.bootID, time: recorded.time.milliseconds,
                timeQuality: recorded.timeQuality, imagePath: recorded.imagePath, event: recorded.event)
            guard let json = try? JSONEncoder().encode(line) else { return nil }
            bytes += json + [UInt8(ascii: "\n")]
        }
        return bytes
    }

    private func work(_ body: @escaping @Sendable (String) throws(SystemError) -> Void) async -> Bool {
        await withCheckedContinuation { done in
            disk.async { [path] in
                do throws(SystemError) {
                    try body(path)
                    done.resume(returning: true)
                } catch { done.resume(returning: false) }
            }
        }
    }
}
