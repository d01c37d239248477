import Base
import Decode

/// What the newest visits looked like, in memory, until the owner calls one of them nobody or newer ones take its place.
/// Only of processors that opt in.
struct VisitCutouts {
    struct Entry {
        var visit: String
        var processor: ProcessorName
        var cutout: Cutout
        var detection: Detection
        var time: WallTime
    }

    /// A cutout has some 30 kB.
    static let most = 16

    /// The newest last.
    private var entries: [Entry] = []

    /// The newest picture of a visit takes the place of its earlier one.
    mutating func note(_ entry: Entry) {
        entries.removeAll { $0.visit == entry.visit }
        entries.append(entry)
        entries.removeFirst(max(0, entries.count - Self.most))
    }

    mutating func take(ofVisit id: String) -> Entry? {
        entries.firstIndex { $0.visit == id }.map { entries.remove(at: $0) }
    }

    mutating func forget(where isDoomed: (Entry) -> Bool) { entries.removeAll(where: isDoomed) }
}
