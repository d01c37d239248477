package import Base

/// Why one processor told what it told, and why it did not tell the rest. Bounded: the oldest go. Pure.
package struct WhyBook: Sendable, Equatable {
    package static let mostVisits = 300
    package static let mostMissed = 500
    /// What visits looked like: where there is more, the oldest visits have one look each.
    package static let mostPlacedLooks = 2 * mostVisits
    /// What is not told there again and again for the same reason within this time is one record that counts.
    private static let sameThingWithin: Int64 = 24 * 3_600_000
    private static let sameThingOverlap = 0.5

    /// In the order in which they came.
    private(set) var visits: [WhyRecord] = []
    private(set) var missed: [WhyRecord] = []
    private(set) var tally: ThresholdTally

    package init(began: WallTime) { tally = ThresholdTally(began: began) }

    package enum News: Sendable, Equatable {
        /// A thing of which nothing was known.
        case first
        /// More about a known one.
        case more
        /// Not near enough to be kept; it is counted for the thresholds alone.
        case counted
    }

    /// - Returns: what that was.
    @discardableResult
    package mutating func note(_ record: WhyRecord) -> News {
        if !record.isOpen { tally.count(record) }
        switch record.kind {
        case .visit:
            defer { visits.boundLooks(to: Self.mostPlacedLooks) }
            return Self.put(record, into: &visits, most: Self.mostVisits)
        case .missed:
            guard record.isNear else { return .counted }
            return putMissed(record)
        }
    }

    private static func put(_ record: WhyRecord, into list: inout [WhyRecord], most: Int) -> News {
        if let index = list.lastIndex(where: { $0.id == record.id }) {
            var record = record
            record.times = list[index].times
            list[index] = record
            return .more
        }
        list.append(record)
        if list.count > most { list.removeFirst(list.count - most) }
        return .first
    }

    private mutating func putMissed(_ record: WhyRecord) -> News {
        guard record.reason?.isLasting == true, !missed.contains(where: { $0.id == record.id }),
            let index = missed.lastIndex(where: { Self.isSameThing($0, record) })
        else { return Self.put(record, into: &missed, most: Self.mostMissed) }
        var again = record
        again.times = missed[index].times + 1
        missed.remove(at: index)
        missed.append(again)
        return .first
    }

    private static func isSameThing(_ old: WhyRecord, _ new: WhyRecord) -> Bool {
        old.reason == new.reason && old.label == new.label && !old.isOpen
            && new.since.milliseconds - old.until.milliseconds <= sameThingWithin
            && old.box.intersectionOverUnion(with: new.box) >= sameThingOverlap
    }

    package func visit(_ id: String) -> WhyRecord? { visits.last { $0.id == id } }

    /// In no order.
    package func records(_ query: WhyQuery) -> [WhyRecord] {
        (visits + missed).filter { query.admits($0) }
    }

    /// Visits that are open now count as well.
    package func thresholds(of label: Label?, since: WallTime) -> ThresholdCounts {
        tally.counts(of: label, since: since, open: visits.filter(\.isOpen))
    }

    /// - Returns: how many records went.
    @discardableResult
    package mutating func forget(where isDoomed: (WhyRecord) -> Bool) -> Int {
        let before = visits.count + missed.count
        visits.removeAll(where: isDoomed)
        missed.removeAll(where: isDoomed)
        return before - visits.count - missed.count
    }

    // MARK: - On the disk

    /// Appends itself as JSON, record by record.
    /// - Parameters:
    ///   - share: of the records, the newest, 0...1.
    ///   - most: bytes of the text.
    /// - Returns: false as soon as the text is longer.
    package func write(to text: inout String, share: Double, atMost most: Int) -> Bool {
        text += #"{"visits":["#
        guard Self.write(visits, to: &text, share, most) else { return false }
        text += #"],"missed":["#
        guard Self.write(missed, to: &text, share, most) else { return false }
        text += #"],"tally":"#
        tally.json.write(to: &text)
        text += "}"
        return text.utf8.count <= most
    }

    private static func write(_ list: [WhyRecord], to text: inout String, _ share: Double, _ most: Int) -> Bool {
        let newest = list.suffix(Int(Double(list.count) * max(0, min(1, share))))
        for (index, record) in zip(newest.indices, newest) {
            if index > newest.startIndex { text += "," }
            record.keptJSON.write(to: &text)
            guard text.utf8.count <= most else { return false }
        }
        return true
    }

    /// As `write` spells it. What was open is over; records that nobody understands are left out.
    package init?(_ json: JSONValue) {
        guard let visits = json["visits"]?.array, let missed = json["missed"]?.array,
            let tally = json["tally"].flatMap({ ThresholdTally($0) })
        else { return nil }
        self.visits = visits.suffix(Self.mostVisits).compactMap { WhyRecord($0) }
        self.missed = missed.suffix(Self.mostMissed).compactMap { WhyRecord($0) }
        self.tally = tally
    }
}

extension WhyRecord {
    /// Somebody may ask about it: it was told, or little was missing.
    fileprivate var isNear: Bool {
        guard case .confidence(let best, let wanted) = reason else { return true }
        return best.value >= Self.nearShare * wanted.value
    }
}

extension MissReason {
    /// It may be the same thing all day.
    fileprivate var isLasting: Bool {
        switch self {
        case .calledNobody, .background, .nothingMoved, .labelNotChosen: true
        case .strongerLabel, .confidence, .region, .looks: false
        }
    }
}
