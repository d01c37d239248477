package import Base

/// Clips and who really comes by in each, as `truth.json` tells it:
///
/// ```json
/// {"tolerance": 2, "clips": {"door.mp4": {"PERSON": 1, "PET": 0}, "yard.mp4": {"PERSON": [[2, 6.5], [20, 31]]}}}
/// ```
///
/// A label has a number of visits, or for each visit its first and last second in the clip. A label that is not named says
/// nothing about that clip.
package struct ClipTruths: Sendable, Equatable {
    package enum Visits: Sendable, Equatable {
        case count(Int)
        /// In seconds since the clip's first picture.
        case spans([ClosedRange<Double>])

        package var count: Int {
            switch self {
            case .count(let count): count
            case .spans(let spans): spans.count
            }
        }
    }

    package struct Clip: Sendable, Equatable {
        /// Below the folder of clips; never absolute, never with `..`.
        package let fileName: String
        package let visits: [Label: Visits]
    }

    package static let mostClips = 10_000
    /// Of one label in one clip.
    package static let mostVisits = 1000
    package static let mostValues = 1_000_000
    private static let usualTolerance = 2.0

    /// By name.
    package let clips: [Clip]
    /// Seconds by which a visit may begin too late or end too early and still be the one that was meant, 0...60.
    package let tolerance: Double

    /// - Throws: `EvaluateError.dataset` with the path of the first thing that is wrong.
    package init(checking json: JSONValue) throws(EvaluateError) {
        guard let members = json["clips"]?.object, !members.isEmpty else {
            throw .dataset(path: "$.clips", problem: "must be an object with the name of a clip or more")
        }
        guard members.count <= Self.mostClips else {
            throw .dataset(path: "$.clips", problem: "has \(members.count) clips, more than \(Self.mostClips)")
        }
        var clips: [Clip] = []
        for (name, visits) in members.sorted(by: { $0.key < $1.key }) { clips.append(try Self.clip(name, visits)) }
        self.clips = clips
        tolerance = try Self.tolerance(json["tolerance"])
    }

    private static func tolerance(_ json: JSONValue?) throws(EvaluateError) -> Double {
        guard let json, json != .null else { return usualTolerance }
        guard let seconds = json.double, (0...60).contains(seconds) else {
            throw .dataset(path: "$.tolerance", problem: "must be a number of seconds from 0 to 60")
        }
        return seconds
    }

    private static func clip(_ name: String, _ json: JSONValue) throws(EvaluateError) -> Clip {
        let path = "$.clips[\"\(name)\"]"
        guard Dataset.staysInside(name) else {
            throw .dataset(
                path: path, problem: "must lie below the folder of clips: no \"..\", no / in front, at most 1024 bytes")
        }
        guard let members = json.object else {
            throw .dataset(path: path, problem: "must be an object such as {\"PERSON\": 1}")
        }
        var visits: [Label: Visits] = [:]
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let label = Label(rawValue: key) else {
                let known = Label.allCases.map(\.rawValue).joined(separator: ", ")
                throw .dataset(path: "\(path).\(key)", problem: "is no label; there are \(known)")
            }
            visits[label] = try Self.visits(value, at: "\(path).\(key)")
        }
        return Clip(fileName: name, visits: visits)
    }

    private static func visits(_ json: JSONValue, at path: String) throws(EvaluateError) -> Visits {
        if let count = json.int, (0...mostVisits).contains(count) { return .count(count) }
        guard let items = json.array, items.count <= mostVisits else {
            throw .dataset(
                path: path,
                problem: "must be a number of visits from 0 to \(mostVisits), or a list of [from, to] in seconds")
        }
        var spans: [ClosedRange<Double>] = []
        for (index, item) in items.enumerated() {
            let ends = (item.array ?? []).compactMap(\.double)
            guard ends.count == 2, item.array?.count == 2, ends.allSatisfy({ (0...1e6).contains($0) }),
                ends[0] <= ends[1]
            else {
                throw .dataset(
                    path: "\(path)[\(index)]", problem: "must be [from, to] in seconds of the clip, from not after to")
            }
            spans.append(ends[0]...ends[1])
        }
        return .spans(spans)
    }
}
