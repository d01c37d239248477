import Base

/// One stay of one object, from `started` to `ended`.
struct Visit: Sendable {
    let id: String
    let label: Label
    let since: MonotonicTime
    let looksSeen: Int
    let looksTaken: Int
    /// Of a visit that began with weak looks along a path: how sure they are together.
    let path: Confidence?
    /// The track that carries it now; another one may take over after a gap.
    private(set) var trackID: Int
    /// What the latest event showed.
    private(set) var shown: Detection
    private(set) var shownOverlap: Double
    private(set) var shownAt: MonotonicTime
    private(set) var bestConfidence: Confidence
    private(set) var lastBox: NormalizedBox
    private(set) var lastKept: MonotonicTime
    /// Looks since then that did not find it.
    var misses = 0
    /// Until then somebody stood in front of it.
    private(set) var hiddenUntil: MonotonicTime
    /// Where it has been since it moved last.
    private var restingBox: NormalizedBox
    private(set) var restingSince: MonotonicTime

    init(
        id: String, track: Track, overlap: Double, at time: MonotonicTime, looksSeen: Int, looksTaken: Int,
        path: Confidence? = nil
    ) {
        self.id = id
        label = track.label
        since = track.firstSeen
        self.looksSeen = looksSeen
        self.looksTaken = looksTaken
        self.path = path
        trackID = track.id
        shown = track.detection
        shownOverlap = overlap
        shownAt = time
        bestConfidence = track.detection.confidence
        lastBox = track.detection.box
        lastKept = time
        hiddenUntil = time
        restingBox = track.detection.box
        restingSince = time
    }

    /// What speaks for it at best, in a single look or along its path.
    var sureness: Confidence { max(bestConfidence, path ?? bestConfidence) }

    /// The share of MinConfidence at which it goes on: what began with weak looks does so with weak looks.
    func keepingConfidence(_ tuning: VisitTuning) -> Float {
        path == nil ? tuning.keepingConfidence(of: label) : tuning.pathConfidence
    }

    /// It is not seen because somebody stands in front of it: that is no evidence that it has gone.
    mutating func hide(at time: MonotonicTime) { hiddenUntil = max(hiddenUntil, time) }

    mutating func keep(_ detection: Detection, at time: MonotonicTime) {
        lastBox = detection.box
        lastKept = max(lastKept, time)
        bestConfidence = max(bestConfidence, detection.confidence)
        misses = 0
        if detection.box.intersectionOverUnion(with: restingBox) < 0.6 {
            restingBox = detection.box
            restingSince = time
        }
    }

    mutating func adopt(_ track: Track, at time: MonotonicTime) {
        trackID = track.id
        keep(track.detection, at: time)
    }

    /// Takes `detection` as the visit's picture when it is surer, or as sure and elsewhere or larger.
    mutating func showIfBetter(
        _ detection: Detection, overlap: Double, at time: MonotonicTime, _ tuning: VisitTuning
    ) -> Bool {
        guard time - shownAt >= tuning.updatePause else { return false }
        let gain = detection.confidence.value - shown.confidence.value
        let isElsewhere = detection.box.intersectionOverUnion(with: shown.box) < 0.4
        let isLarger = detection.box.area > shown.box.area * 1.5
        guard gain >= tuning.betterBy || (gain >= -tuning.betterBy / 2 && (isElsewhere || isLarger)) else {
            return false
        }
        shown = detection
        shownOverlap = overlap
        shownAt = time
        return true
    }
}
