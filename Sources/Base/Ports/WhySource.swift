/// Why somebody was told and somebody was not, and what the owner has said about it. Filled by the wiring.
package protocol WhySource: Sendable {
    /// The newest first.
    func records(_ query: WhyQuery) async -> [WhyRecord]
    /// What each MinConfidence would have given.
    func thresholds(of processor: ProcessorName, label: Label?, since: WallTime) async -> ThresholdCounts
    /// What was seen in this visit is nobody: the same picture at the same place is not told again.
    func callNobody(visit id: String) async throws(NobodyError) -> NobodyPlace
    /// The newest first.
    func nobodyPlaces() async -> [NobodyPlace]
    /// - Returns: false when there is no such place.
    func forgetNobody(_ id: String) async -> Bool
}

/// Which records are wanted.
package struct WhyQuery: Sendable, Equatable {
    package static let mostRecords = 500

    package var processor: ProcessorName?
    package var label: Label?
    package var kind: WhyRecord.Kind?
    /// Seen last at this time or later, and first before that one.
    package var since: WallTime?
    package var until: WallTime?
    package var limit: Int

    package init(
        processor: ProcessorName? = nil, label: Label? = nil, kind: WhyRecord.Kind? = nil, since: WallTime? = nil,
        until: WallTime? = nil, limit: Int = 100
    ) {
        self.processor = processor
        self.label = label
        self.kind = kind
        self.since = since
        self.until = until
        self.limit = limit
    }

    package func admits(_ record: WhyRecord) -> Bool {
        (processor.map { $0 == record.processor } ?? true) && (label.map { $0 == record.label } ?? true)
            && (kind.map { $0 == record.kind } ?? true)
            && (since.map { record.until.milliseconds >= $0.milliseconds } ?? true)
            && (until.map { record.since.milliseconds < $0.milliseconds } ?? true)
    }
}

/// How many visits each MinConfidence would have given.
package struct ThresholdCounts: Sendable, Equatable {
    /// Visits at MinConfidence 0, 1, … 100 percent: 101 numbers that never grow.
    package var visits: [Int]
    /// Percent: what is less sure than this was not followed, so that smaller values would give as many or more.
    package var knownFrom: Int
    /// From when on they are counted.
    package var since: WallTime

    package init(visits: [Int], knownFrom: Int, since: WallTime) {
        self.visits = visits
        self.knownFrom = knownFrom
        self.since = since
    }
}

/// Why something cannot be called nobody.
package enum NobodyError: Error, Sendable, Equatable {
    case unknownVisit
    /// No picture of it may be kept, or it is too plain to be known again.
    case noPicture
    case tooMany(most: Int)
}
