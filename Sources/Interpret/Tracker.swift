import Base

/// The same object over time.
struct Track: Sendable {
    let id: Int
    let label: Label
    let firstSeen: MonotonicTime
    /// The latest detection.
    var detection: Detection
    var lastSeen: MonotonicTime
    /// Looks since then that did not find it.
    var misses = 0
    /// Of the box's centre, in frame widths and heights per second; smoothed.
    var velocity: Point

    init(id: Int, detection: Detection, at time: MonotonicTime) {
        self.id = id
        label = detection.label
        firstSeen = time
        self.detection = detection
        lastSeen = time
        velocity = Point(x: 0, y: 0)
    }

    /// Where the box should be now if it went on as before; objects are not trusted to do so for more than half a second.
    func predictedBox(at time: MonotonicTime) -> NormalizedBox {
        let seconds = min(0.5, max(0, (time - lastSeen).inSeconds))
        let box = detection.box
        return NormalizedBox(
            left: box.left + velocity.x * seconds, top: box.top + velocity.y * seconds, width: box.width,
            height: box.height) ?? box
    }

    mutating func see(_ detection: Detection, at time: MonotonicTime) {
        let seconds = (time - lastSeen).inSeconds
        if seconds > 0.01 {
            let (from, to) = (self.detection.box.center, detection.box.center)
            func smoothed(_ old: Double, _ distance: Double) -> Double {
                old * 0.6 + max(-2, min(2, distance / seconds)) * 0.4
            }
            velocity = Point(x: smoothed(velocity.x, to.x - from.x), y: smoothed(velocity.y, to.y - from.y))
        }
        self.detection = detection
        lastSeen = max(lastSeen, time)
        misses = 0
    }
}

/// Gives detections the identity of the objects of earlier frames: pairs of one label that fit best come first.
/// Fit is overlap with the predicted place, or for small and quick objects nearness in box sizes.
struct Tracker: Sendable {
    private(set) var tracks: [Track] = []
    private var nextID = 1

    /// What one look made of the tracks.
    struct Look {
        /// Tracks seen now, by identity.
        var seen: Set<Int> = []
        /// Tracks that were given up, unseen for too long.
        var lost: [Int] = []
    }

    /// A track that is not seen for this long and in this many looks is given up.
    let patience: Duration
    let missesNeeded: Int
    static let mostTracks = 128

    init(patience: Duration, missesNeeded: Int) {
        self.patience = patience
        self.missesNeeded = missesNeeded
    }

    mutating func update(with detections: [Detection], at time: MonotonicTime) -> Look {
        var look = Look()
        var free = Set(detections.indices)
        var waiting = Set(tracks.indices)
        for pair in pairs(detections, at: time) where free.contains(pair.detection) && waiting.contains(pair.track) {
            free.remove(pair.detection)
            waiting.remove(pair.track)
            tracks[pair.track].see(detections[pair.detection], at: time)
            look.seen.insert(tracks[pair.track].id)
        }
        for index in waiting { tracks[index].misses += 1 }
        look.lost = tracks.filter { time - $0.lastSeen >= patience && $0.misses >= missesNeeded }.map(\.id)
        tracks.removeAll { look.lost.contains($0.id) }
        for index in free.sorted() where tracks.count < Self.mostTracks {
            tracks.append(Track(id: nextID, detection: detections[index], at: time))
            look.seen.insert(nextID)
            nextID += 1
        }
        return look
    }

    mutating func remove(_ id: Int) { tracks.removeAll { $0.id == id } }

    mutating func removeAll() { tracks = [] }

    /// Possible pairs, best fit first.
    private func pairs(_ detections: [Detection], at time: MonotonicTime) -> [(track: Int, detection: Int)] {
        var pairs: [(fit: Double, track: Int, detection: Int)] = []
        for (t, track) in tracks.enumerated() {
            let predicted = track.predictedBox(at: time)
            let gap = max(0, (time - track.lastSeen).inSeconds)
            for (d, detection) in detections.enumerated() where detection.label == track.label {
                let fit = max(
                    Self.fit(predicted, detection.box, gap: gap), Self.fit(track.detection.box, detection.box, gap: gap)
                )
                if fit > 0 { pairs.append((fit, t, d)) }
            }
        }
        return pairs.sorted { ($0.fit, $1.track) > ($1.fit, $0.track) }.map { ($0.track, $0.detection) }
    }

    /// Above 0 when both boxes may be the same object `gap` seconds apart, at most 2.
    private static func fit(_ a: NormalizedBox, _ b: NormalizedBox, gap: Double) -> Double {
        let overlap = a.intersectionOverUnion(with: b)
        if overlap >= 0.2 { return 1 + overlap }
        let sizes = (a.area, b.area)
        guard sizes.0 > 0, sizes.1 > 0, max(sizes.0, sizes.1) / min(sizes.0, sizes.1) < 4 else { return 0 }
        // In box sizes, so that near and far objects are treated alike; wider the longer it was unseen.
        let dx = (a.center.x - b.center.x) / max(1e-6, (a.width + b.width) / 2)
        let dy = (a.center.y - b.center.y) / max(1e-6, (a.height + b.height) / 2)
        let reach = 0.9 + min(1.1, gap)
        return max(0, 1 - (dx * dx + dy * dy).squareRoot() / reach)
    }
}
