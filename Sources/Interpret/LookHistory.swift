/// The last looks at a track: in which of them it was admitted, and how surely.
struct LookHistory: Sendable {
    /// Looks that are remembered.
    static let length = 8

    private var confidences: [Float] = []

    /// `confidence` is nil when the object was not seen or not admitted.
    mutating func note(_ confidence: Float?) {
        confidences.append(confidence ?? -1)
        if confidences.count > Self.length { confidences.removeFirst() }
    }

    mutating func clear() { confidences.removeAll() }

    var taken: Int { confidences.count }
    var seen: Int { count(above: 0) }

    /// Sum of the confidences.
    var evidence: Float { confidences.reduce(0) { $0 + max(0, $1) } }

    /// How often it was admitted with at least this confidence.
    func count(above confidence: Float) -> Int { confidences.reduce(0) { $0 + ($1 >= confidence ? 1 : 0) } }
}
