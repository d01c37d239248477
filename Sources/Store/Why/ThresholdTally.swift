import Base

/// How many things each MinConfidence would have told, in whole hours of the last two days. Pure.
struct ThresholdTally: Sendable, Equatable {
    static let mostHours = 48
    private static let hour: Int64 = 3_600_000

    private struct Hour: Sendable, Equatable {
        /// Things by the largest MinConfidence in percent that would have told them.
        var things: [Label: [UInt8: Int]] = [:]
        /// Percent: what was less sure was not followed.
        var knownFrom: UInt8 = 0
    }

    /// When counting began.
    private let began: WallTime
    private var hours: [Int64: Hour] = [:]

    init(began: WallTime) { self.began = began }

    /// Something that is over.
    mutating func count(_ record: WhyRecord) {
        guard let upTo = record.toldUpTo, upTo > 0 else { return }
        let key = record.until.milliseconds / Self.hour
        hours[key, default: Hour()].things[record.label, default: [:]][upTo, default: 0] += 1
        hours[key, default: Hour()].knownFrom = max(hours[key]?.knownFrom ?? 0, record.knownFrom)
        while hours.count > Self.mostHours, let oldest = hours.keys.min() { hours[oldest] = nil }
    }

    /// - Parameter open: what goes on and counts as well.
    func counts(of label: Label?, since: WallTime, open: [WhyRecord]) -> ThresholdCounts {
        let first = since.milliseconds / Self.hour
        var visits = [Int](repeating: 0, count: 101)
        var knownFrom: UInt8 = 0
        func add(_ count: Int, upTo: UInt8) { for percent in 0...Int(min(100, upTo)) { visits[percent] += count } }
        for (key, hour) in hours where key >= first {
            knownFrom = max(knownFrom, hour.knownFrom)
            for (name, things) in hour.things where label == nil || label == name {
                for (upTo, count) in things { add(count, upTo: upTo) }
            }
        }
        for record in open where label == nil || label == record.label {
            knownFrom = max(knownFrom, record.knownFrom)
            if let upTo = record.toldUpTo { add(1, upTo: upTo) }
        }
        let from = max(since.milliseconds, began.milliseconds)
        return ThresholdCounts(
            visits: visits, knownFrom: Int(knownFrom), since: WallTime(milliseconds: from))
    }

    /// `{"began": ms, "hours": [[hour, label, percent, count, known from], …]}`
    var json: JSONValue {
        let rows = hours.sorted { $0.key < $1.key }.flatMap { key, hour in
            hour.things.flatMap { label, things in
                things.map { upTo, count -> JSONValue in
                    [
                        .integer(key), .string(label.rawValue), .integer(Int64(upTo)), .integer(Int64(count)),
                        .integer(Int64(hour.knownFrom)),
                    ]
                }
            }
        }
        return ["began": .integer(began.milliseconds), "hours": .array(rows)]
    }

    init?(_ json: JSONValue) {
        guard let began = json["began"]?.int, let rows = json["hours"]?.array else { return nil }
        self.init(began: WallTime(milliseconds: Int64(began)))
        for row in rows {
            guard let cells = row.array, cells.count == 5, let key = cells[0].int,
                let label = cells[1].string.flatMap(Label.init(rawValue:)), let upTo = cells[2].int,
                let count = cells[3].int, let knownFrom = cells[4].int, (1...100).contains(upTo),
                (1...1_000_000).contains(count), (0...100).contains(knownFrom)
            else { continue }
            hours[Int64(key), default: Hour()].things[label, default: [:]][UInt8(upTo)] = count
            hours[Int64(key), default: Hour()].knownFrom = UInt8(knownFrom)
        }
        while hours.count > Self.mostHours, let oldest = hours.keys.min() { hours[oldest] = nil }
    }
}

extension WhyRecord {
    fileprivate var knownFrom: UInt8 {
        UInt8(max(0, min(100, (minConfidence.value * Self.followedShare * 100).rounded(.up))))
    }
}
