/// The last looks at a track: how surely it was seen in each, and whether labels, confidence and regions admitted it.
struct DetectionHistory: Sendable {
    /// Looks that are remembered.
    static let length = 8

    private struct Look {
        var confidence: Float
        var isAdmitted: Bool
    }

    private var looks: [Look] = []

    /// `confidence` is 0 when the object was not seen.
    mutating func note(_ confidence: Float, isAdmitted: Bool) {
        looks.append(Look(confidence: confidence, isAdmitted: isAdmitted))
        if looks.count > Self.length { looks.removeFirst() }
    }

    mutating func clear() { looks.removeAll() }

    /// Whether the last look saw it, admitted or not.
    var wasSeenLast: Bool { (looks.last?.confidence ?? 0) > 0 }
    var taken: Int { looks.count }
    /// In how many looks it was admitted.
    var seen: Int { count(atLeast: 0) }
    /// Sum of its confidences, admitted or not: how much speaks for this label.
    var evidence: Float { looks.reduce(0) { $0 + $1.confidence } }

    /// In how many looks it was admitted with at least this confidence.
    func count(atLeast confidence: Float) -> Int {
        looks.count { $0.isAdmitted && $0.confidence >= confidence }
    }
}
