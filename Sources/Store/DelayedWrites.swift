import Base
import FoundationEssentials
import Runtime

/// What the events' file is not told at once, to spare SD cards: better pictures of visits, and marks of what the broker has.
/// Each would cost some pages of the file; together with what has to be written anyway they cost hardly anything. Pure.
///
/// A kill takes none of them where there is an `UpdateJournal`. A power cut may: a word that is lost so was told, or its visit
/// ends with the next start; an event whose mark is lost is sent once more, with the same number. Numbers that were given are
/// never given again: whoever opens the file after a power cut leaves out as many as there may have been (`mostEvents`).
struct DelayedWrites: Sendable {
    /// An event with its number.
    struct Numbered: Sendable {
        let recorded: RecordedEvent
        let sequence: Int64
        /// JSON of the event.
        let body: Data
        fileprivate(set) var isSent = false
    }

    /// All of it, as it goes into one transaction.
    struct Batch: Sendable {
        let events: [Numbered]
        let marks: [Int64]
    }

    static let mostEvents = 64
    static let mostMarks = 256
    /// So long after the first of them they are written, whatever happens.
    static let patience = Duration.seconds(60)

    private var events: [Numbered] = []
    private var marks: [Int64] = []
    private var since: MonotonicTime?
    /// The number of the next event; nil until one was written in this run.
    private var next: Int64?
    /// What waited for the broker in the file after the last write.
    private var inFile = (count: 0, bytes: 0)

    var batch: Batch { Batch(events: events, marks: marks) }
    var isEmpty: Bool { events.isEmpty && marks.isEmpty }
    /// What waits for the broker among it, and how many of the file's own do not wait any more.
    var backlog: (events: Int, bytes: Int, sent: Int) {
        let unsent = events.filter { !$0.isSent }
        return (unsent.count, unsent.reduce(0) { $0 + $1.body.count }, marks.count)
    }

    func isDue(at now: MonotonicTime) -> Bool {
        since.map { now - $0 >= Self.patience } ?? false
    }

    /// - Parameters:
    ///   - sequence: the number that the file has given last; nil when it gave none.
    ///   - unsent: what waits for the broker in the file now.
    mutating func wrote(_ sequence: Int64?, unsent: (count: Int, bytes: Int)) {
        if let sequence { next = sequence + 1 }
        inFile = unsent
    }

    /// Gives each its number and keeps it.
    /// - Parameter limits: of what waits for the broker. Only a write drops what is too much.
    /// - Returns: nil when there is no room, or no number is known: they have to be written.
    mutating func add(
        _ drafts: [RecordedEvent], within limits: EventStore.Limits, at now: MonotonicTime
    ) -> [RecordedEvent]? {
        guard let first = next, events.count + drafts.count <= Self.mostEvents,
            inFile.count + events.count + drafts.count <= limits.unsentCount
        else { return nil }
        var (numbered, sequence) = ([Numbered](), first)
        for var recorded in drafts {
            guard let body = try? JSONEncoder().encode(recorded.event) else { return nil }
            recorded.sequence = sequence
            numbered.append(Numbered(recorded: recorded, sequence: sequence, body: body))
            sequence += 1
        }
        let bytes = (events + numbered).reduce(inFile.bytes) { $0 + $1.body.count }
        guard bytes <= limits.unsentBytes else { return nil }
        events += numbered
        next = sequence
        since = since ?? now
        return numbered.map(\.recorded)
    }

    /// The broker has these.
    /// - Returns: false when there are so many that they have to be written.
    mutating func mark(_ sequences: [Int64], at now: MonotonicTime) -> Bool {
        guard marks.count + sequences.count <= Self.mostMarks else { return false }
        for sequence in sequences {
            if let index = events.firstIndex(where: { $0.sequence == sequence }) {
                events[index].isSent = true
            } else {
                marks.append(sequence)
            }
        }
        since = since ?? now
        return true
    }

    /// The batch is in the file; more may have come meanwhile.
    mutating func written(_ batch: Batch, at now: MonotonicTime) {
        let unsent = Set(batch.events.filter { !$0.isSent }.map(\.sequence))
        // Sent while the disk was at work: the file does not know it yet.
        let late = events.prefix(batch.events.count).filter { $0.isSent && unsent.contains($0.sequence) }
        events.removeFirst(batch.events.count)
        marks = Array(marks.dropFirst(batch.marks.count)) + late.map(\.sequence)
        since = isEmpty ? nil : now
    }

    /// What the broker has not got of it, after a number.
    static func unsent(_ batch: Batch, after sequence: Int64) -> [RecordedEvent] {
        batch.events.filter { !$0.isSent && $0.sequence > sequence }.map(\.recorded)
    }
}
