import Base

/// What one thing looked like at its places, bounded and spread well over them: of the two that have most in common the one
/// that was seen more often stays, else the one that would leave the larger gap. Pure.
struct SpreadPlacedLooks: Sendable {
    /// What overlaps by so much and is so alike is one look: whatever lies between two that are kept is known again, too.
    private static let sameOverlap = 0.75
    private static let sameLook: Float = 0.97

    private struct Entry: Sendable {
        var look: PlacedLook
        /// How many looks were like it.
        var count: Int
    }

    private var entries: [Entry] = []

    mutating func add(_ look: PlacedLook) { add(Entry(look: look, count: 1)) }

    mutating func join(_ other: SpreadPlacedLooks) { for entry in other.entries { add(entry) } }

    private mutating func add(_ new: Entry) {
        if let index = entries.firstIndex(where: { Self.isSame($0.look, new.look) }) {
            entries[index].count += new.count
            return
        }
        entries.append(new)
        if entries.count > PlacedLook.most { dropOne() }
    }

    private static func isSame(_ one: PlacedLook, _ other: PlacedLook) -> Bool {
        one.box.intersectionOverUnion(with: other.box) >= sameOverlap
            && one.look.likeness(to: other.look) >= sameLook
    }

    /// The newest stays: nobody knows yet whether the thing rests there.
    private mutating func dropOne() {
        var closest: (first: Int, second: Int, distance: Double)?
        for second in entries.indices.dropLast() {
            for first in entries[..<second].indices {
                let distance = entries[first].look.distance(to: entries[second].look)
                if distance < closest?.distance ?? .infinity { closest = (first, second, distance) }
            }
        }
        guard let (first, second, _) = closest else { return }
        /// How far the nearest other one is: without a neighbour it would leave a gap.
        func room(_ index: Int) -> Double {
            let others = entries.indices.filter { $0 != first && $0 != second }
            return others.map { entries[$0].look.distance(to: entries[index].look) }.min() ?? 0
        }
        let (one, other) = ((entries[first].count, room(first)), (entries[second].count, room(second)))
        entries.remove(at: other > one ? first : second)
    }

    /// At most `PlacedLook.most`; the one that was seen most often first.
    var all: [PlacedLook] {
        entries.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(
            \.element.look)
    }
}
