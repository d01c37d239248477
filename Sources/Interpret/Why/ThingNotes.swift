import Base

/// What the looks say of one thing while it is followed. Pure.
struct ThingNotes: Sendable {
    /// The rules by which a look is judged.
    struct Rules: Sendable {
        var plan: ConnectedHomePlan
        var revision: Int
        var tuning: VisitTuning
    }

    /// What one look saw of it.
    struct Sight: Sendable {
        var detection: Detection
        /// Share of the box inside the best region, 0...1.
        var overlap: Double
        /// Share of the box's cells that moved, 0...1.
        var motion: Double?
        /// How sure its weak looks along a path are together.
        var path: Confidence?
        /// What the picture looks like at its box.
        var look: PictureLook?
    }

    let since: MonotonicTime
    private(set) var lastSeen: MonotonicTime
    private(set) var best: Detection
    private(set) var rules: Rules
    /// What keeps it from being a visitor, whatever labels, confidence and regions say.
    var aside: MissReason?
    /// More spoke for this label at the same place when it would have begun a visit.
    var strongerLabel: Label?
    /// When it was told to who keeps it, and as what.
    private(set) var toldAt: MonotonicTime?
    private(set) var id: String?
    private var bestOverlap: Double
    /// Of looks that were sure enough.
    private var bestSureOverlap = 0.0
    private var bestPath: Confidence?
    private var looksSeen = 0
    private var looksTaken = 0
    /// Confidences of the last looks, 0 for those that did not see it inside a region.
    private var window: [Float] = []
    private var mostAdmitted = 0
    private var toldUpTo: Float?
    private var looks = SpreadLooks()
    private var placedLooks = SpreadPlacedLooks()

    init(_ sight: Sight, at time: MonotonicTime, _ rules: Rules) {
        (since, lastSeen, self.rules) = (time, time, rules)
        (best, bestOverlap) = (sight.detection, sight.overlap)
        see(sight, at: time, rules)
    }

    /// A look that saw it.
    mutating func see(_ sight: Sight, at time: MonotonicTime, _ rules: Rules) {
        self.rules = rules
        lastSeen = max(lastSeen, time)
        looksSeen += 1
        let confidence = sight.detection.confidence
        let isSure = confidence >= rules.plan.minConfidence
        if isSure { bestSureOverlap = max(bestSureOverlap, sight.overlap) }
        if confidence > best.confidence { (best, bestOverlap) = (sight.detection, sight.overlap) }
        if let path = sight.path { bestPath = max(bestPath ?? path, path) }
        looks.add(
            WhyRecord.Look(
                milliseconds: Int32(clamping: (time - since).milliseconds),
                confidence: UInt8(percent: confidence.value),
                overlap: UInt8(percent: Float(sight.overlap)), motion: sight.motion.map { UInt8(percent: Float($0)) }))
        if let look = sight.look { placedLooks.add(PlacedLook(box: sight.detection.box, look: look)) }
        let isInside = RegionFilter(rules.plan).admits(overlap: sight.overlap)
        take(isInside ? confidence.value : 0)
    }

    /// A look that did not see it.
    mutating func miss() { take(0) }

    private mutating func take(_ confidence: Float) {
        looksTaken += 1
        window.append(confidence)
        if window.count > DetectionHistory.length { window.removeFirst() }
        mostAdmitted = max(mostAdmitted, window.count { $0 > 0 && $0 >= rules.plan.minConfidence.value })
        if let now = ToldUpTo.minConfidence(of: window, path: bestPath, rules.tuning) {
            toldUpTo = max(toldUpTo ?? now, now)
        }
    }

    /// Labels, confidence and regions would have admitted it.
    var wouldCount: Bool { mostAdmitted >= rules.tuning.looksNeeded }

    /// Something speaks for it: it would have been told at some MinConfidence, or was nearly as sure as is wanted.
    var isWorthKeeping: Bool {
        toldUpTo != nil || best.confidence.value >= WhyRecord.nearShare * rules.plan.minConfidence.value
    }

    /// Why it was not told.
    var reason: MissReason {
        if let aside { return aside }
        if let strongerLabel { return .strongerLabel(strongerLabel) }
        if best.confidence < rules.plan.minConfidence {
            return .confidence(best: best.confidence, wanted: rules.plan.minConfidence)
        }
        if mostAdmitted == 0 { return .region(best: bestSureOverlap, wanted: Region.admittingOverlap) }
        return .looks(seen: mostAdmitted, wanted: rules.tuning.looksNeeded, of: DetectionHistory.length)
    }

    /// What was seen of the same thing while it was another track.
    mutating func join(_ other: ThingNotes) {
        if let theirs = other.toldUpTo { toldUpTo = max(toldUpTo ?? theirs, theirs) }
        placedLooks.join(other.placedLooks)
    }

    /// - Parameters:
    ///   - newID: what it is called from now on, unless it has a name.
    ///   - isVisit: else it was missed, so far.
    mutating func record(
        of session: (camera: CameraName, processor: ProcessorName), isVisit: Bool, isOpen: Bool, at time: MonotonicTime,
        wallTime: (MonotonicTime) -> WallTime, newID: () -> String
    ) -> WhyRecord {
        let id = self.id ?? newID()
        (self.id, toldAt) = (id, time)
        let isAside = aside != nil || strongerLabel != nil
        var record = WhyRecord(
            id: id, kind: isVisit ? .visit : .missed, camera: session.camera, processor: session.processor,
            label: best.label, since: wallTime(since), until: wallTime(lastSeen), isOpen: isOpen,
            looksSeen: looksSeen, looksTaken: looksTaken, looks: looks.all, confidence: best.confidence, box: best.box,
            overlap: bestOverlap, toldUpTo: isAside && !isVisit ? nil : toldUpTo.map { UInt8(percent: $0) },
            minConfidence: rules.plan.minConfidence, settingsRevision: rules.revision, pathConfidence: bestPath,
            reason: isVisit ? nil : reason)
        if isVisit { record.placedLooks = placedLooks.all }
        return record
    }

    /// It is this visit.
    mutating func begin(_ visit: String) { id = visit }
}

/// The rule of visits, asked the other way round.
enum ToldUpTo {
    /// The largest MinConfidence at which looks of these confidences would begin a visit.
    /// - Parameter window: of the last looks; 0 where it was not seen inside a region.
    /// - Returns: nil when they would at none.
    static func minConfidence(of window: [Float], path: Confidence?, _ tuning: VisitTuning) -> Float? {
        let sorted = window.filter { $0 > 0 }.sorted(by: >)
        func at(_ count: Int) -> Float? { sorted.count >= count ? sorted[count - 1] : nil }
        let ways = [
            at(tuning.looksNeeded), at(tuning.sureLooksNeeded).flatMap { $0 >= tuning.sure ? $0 : nil },
            path.map { min($0.value, tuning.mostPathMinConfidence) },
        ]
        return ways.compactMap(\.self).max()
    }
}

/// Looks of one thing, bounded: of several in a row the surest stands for all, so that no peak is lost.
struct SpreadLooks: Sendable {
    private var kept: [WhyRecord.Look] = []
    private var step = 1
    private var pending: WhyRecord.Look?
    private var inPending = 0

    mutating func add(_ look: WhyRecord.Look) {
        pending = pending.map { $0.surer(look) } ?? look
        inPending += 1
        guard inPending >= step, let full = pending else { return }
        (pending, inPending) = (nil, 0)
        kept.append(full)
        guard kept.count >= WhyRecord.mostLooks else { return }
        kept = stride(from: 0, to: kept.count, by: 2).map { index in
            index + 1 < kept.count ? kept[index].surer(kept[index + 1]) : kept[index]
        }
        step = min(step * 2, 1 << 20)
    }

    /// In the order of their times, at most `WhyRecord.mostLooks`.
    var all: [WhyRecord.Look] { kept + (pending.map { [$0] } ?? []) }
}

extension WhyRecord.Look {
    fileprivate func surer(_ other: WhyRecord.Look) -> WhyRecord.Look {
        other.confidence > confidence ? other : self
    }
}

extension UInt8 {
    /// Rounded down, but for the error of a float: 49.9 % is not 50 %.
    fileprivate init(percent share: Float) {
        self = share.isFinite ? UInt8(Swift.max(0, Swift.min(100, share * 100 + 1e-3))) : 0
    }
}
