import Base

/// What a raw score of one class is worth: a monotone, piecewise linear map from the network's score to the probability
/// that the detection is right. A manifest brings it (`"calibration"`); without one the score itself is taken.
package struct Calibration: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        package let raw: Float
        package let confidence: Float

        package init(raw: Float, confidence: Float) {
            self.raw = raw
            self.confidence = confidence
        }
    }

    package static let pointCounts = 2...64

    /// From raw 0 to raw 1; both numbers rise strictly and stay in 0...1.
    package let points: [Point]

    /// Nil unless there are 2 to 64 points as `points` describes them.
    package init?(_ points: [Point]) {
        guard Self.pointCounts.contains(points.count), points.first?.raw == 0, points.last?.raw == 1,
            points.allSatisfy({ (0...1).contains($0.confidence) }),
            zip(points, points.dropFirst()).allSatisfy({ $0.raw < $1.raw && $0.confidence < $1.confidence })
        else { return nil }
        self.points = points
    }

    /// The probability behind a raw score. Scores outside 0...1 count as the nearer end; NaN and infinity stay what they
    /// are, so that nobody takes a broken output for a sure one.
    package func confidence(of raw: Float) -> Float {
        guard raw.isFinite else { return raw }
        guard let upper = points.firstIndex(where: { $0.raw >= raw }) else { return points.last?.confidence ?? raw }
        guard upper > 0 else { return points[upper].confidence }
        let (a, b) = (points[upper - 1], points[upper])
        let share = (raw - a.raw) / (b.raw - a.raw)
        // Rounding must not lift the end of a piece above the beginning of the next.
        return min(b.confidence, a.confidence + (b.confidence - a.confidence) * share)
    }

    /// The largest raw score whose confidence is below `floor`: whoever keeps all scores above it loses nothing that is
    /// likely enough. Below 0 when even a score of 0 is.
    package func rawFloor(for floor: Float) -> Float {
        guard confidence(of: 0) < floor else { return -.leastNonzeroMagnitude }
        guard confidence(of: 1) >= floor else { return 1 }
        // Floats from 0 on have the order of their bits.
        var (below, above) = (Float(0).bitPattern, Float(1).bitPattern)
        while above - below > 1 {
            let middle = below + (above - below) / 2
            if confidence(of: Float(bitPattern: middle)) < floor { below = middle } else { above = middle }
        }
        return Float(bitPattern: below)
    }
}

extension ManifestReader {
    /// `{"person": [[0, 0.01], [0.4, 0.5], [1, 0.98]], …}`
    mutating func calibration(_ json: JSONValue?, classes: [String]?) -> [String: Calibration]? {
        guard let json else { return nil }
        let path = "$.calibration"
        guard let members = json.object else {
            note(path, "must be an object with a list of points for each class, is \(json.kind)")
            return nil
        }
        var calibrations: [String: Calibration] = [:]
        for (name, list) in members.sorted(by: { $0.key < $1.key }) {
            if let classes, !classes.contains(name) { note("\(path).\(name)", "there is no such class in $.classes") }
            calibrations[name] = calibration(list, at: "\(path).\(name)")
        }
        return calibrations
    }

    private mutating func calibration(_ json: JSONValue, at path: String) -> Calibration? {
        let counts = Calibration.pointCounts
        guard let items = json.array, counts.contains(items.count) else {
            note(path, "must be a list of \(counts.lowerBound) to \(counts.upperBound) points [raw score, confidence]")
            return nil
        }
        var points: [Calibration.Point] = []
        for (index, item) in items.enumerated() {
            guard let point = point(item, at: "\(path)[\(index)]") else { continue }
            if let before = points.last, before.raw >= point.raw || before.confidence >= point.confidence {
                note("\(path)[\(index)]", "both numbers must be larger than those of the point before")
            }
            points.append(point)
        }
        guard points.count == items.count else { return nil }
        if points.first?.raw != 0 { note("\(path)[0]", "the first raw score must be 0") }
        if points.last?.raw != 1 { note("\(path)[\(points.count - 1)]", "the last raw score must be 1") }
        return Calibration(points)
    }

    private mutating func point(_ json: JSONValue, at path: String) -> Calibration.Point? {
        let numbers = (json.array ?? []).compactMap(\.double).filter { (0...1).contains($0) }
        guard numbers.count == 2, json.array?.count == 2 else {
            note(path, "must be [raw score, confidence], both in 0...1")
            return nil
        }
        return Calibration.Point(raw: Float(numbers[0]), confidence: Float(numbers[1]))
    }
}
