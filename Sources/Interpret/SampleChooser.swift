package import Base

/// Chooses what is worth a label by hand: detections that the network is unsure about, seldom, and not the same twice.
/// Labels near the decision teach a network most (uncertainty sampling: Lewis and Gale, SIGIR 1994). Pure.
package struct SampleChooser: Sendable {
    /// The network neither means it nor rules it out.
    package static let doubtful: Range<Float> = 0.2..<0.7
    /// From one sample to the next.
    package static let pause: Duration = .seconds(60)
    /// What lies there all day is one sample an hour.
    package static let memory: Duration = .seconds(3600)
    private static let sameOverlap = 0.6
    private static let most = 64

    private var chosen: [(detection: Detection, at: MonotonicTime)] = []

    package init() {}

    /// - Returns: the detection of these labels that is nearest to "who knows"; nil when there is none now.
    package mutating func choose(
        _ detections: [Detection], labels: Set<Label>, at time: MonotonicTime
    ) -> Detection? {
        if let latest = chosen.last?.at, time - latest < Self.pause { return nil }
        chosen.removeAll { time - $0.at >= Self.memory }
        let doubtful = detections.filter { labels.contains($0.label) && isDoubtful($0) }
        let best = doubtful.min { Self.distance($0) < Self.distance($1) }
        if let best {
            if chosen.count >= Self.most { chosen.removeFirst() }
            chosen.append((best, time))
        }
        return best
    }

    private func isDoubtful(_ detection: Detection) -> Bool {
        Self.doubtful.contains(detection.confidence.value) && detection.box.clippedToFrame.area > 0
            && !chosen.contains {
                $0.detection.className == detection.className
                    && $0.detection.box.intersectionOverUnion(with: detection.box) >= Self.sameOverlap
            }
    }

    private static func distance(_ detection: Detection) -> Float {
        abs(detection.confidence.value - (doubtful.lowerBound + doubtful.upperBound) / 2)
    }
}
