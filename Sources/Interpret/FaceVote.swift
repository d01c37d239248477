package import Base

/// What the looks of one visit say of whose face it is. One picture proves little: a stranger is like one of fifty
/// references in every two-hundredth look. Looks must agree, and one of them must be very sure: some strangers are a little
/// like somebody in most of their pictures. Pure.
package struct FaceVote: Sendable {
    /// When looks agree. The figures were chosen by measuring strangers and known people (docs/measured.md); the reasons
    /// stand beside them.
    struct Tuning: Sendable {
        /// A face in fewer pixels is told apart badly, a head that is turned further hardly at all.
        var leastPixels = 32
        var mostYaw = 60.0
        var mostPitch = 45.0
        var leastSharpness = 20.0
        var leastBrightness = 8.0
        /// So many looks must name the same person, and the best of them must be so sure, ...
        var looks = 3
        var best = 99.0
        /// ... or two when the better one is surer still, ...
        var sureLooks = 2
        var sure = 99.5
        /// ... this many times as many as name anybody else, ...
        var lead = 2
        /// ... and one of so many that show the face well: who is known is recognised in most of them.
        var share = 2
        /// A visit that showed the face once only is named by a look that is so sure, once it is over.
        var single = 99.9
        /// So many good looks that are like nobody make a stranger.
        var strangerLooks = 3
    }

    private struct Candidate: Sendable {
        var looks = 0
        var best = 0.0
    }

    private let tuning: Tuning
    private var candidates: [String: Candidate] = [:]
    private var unusable: [FaceVerdict.Doubt: Int] = [:]
    private var looks = 0
    private var bestSimilarity: Double?
    private var sum: [Float] = []
    private var name: String?

    /// A visit that lasts for hours may hold many people; more names than this are not counted apart.
    private static let mostCandidates = 64

    package init() { tuning = Tuning() }

    /// One look at the face.
    /// - Parameters:
    ///   - matches: the most similar first, also those that are below the threshold.
    ///   - threshold: percent.
    package mutating func note(_ face: Face, _ matches: [FaceMatch], threshold: Double) {
        if let doubt = doubt(of: face) {
            unusable[doubt, default: 0] += 1
            return
        }
        looks += 1
        add(face.vector)
        guard let best = matches.first else { return settle() }
        bestSimilarity = max(bestSimilarity ?? 0, best.similarity)
        if best.similarity >= threshold {
            let person = best.face.personName ?? best.face.id.text
            if candidates[person] != nil || candidates.count < Self.mostCandidates {
                candidates[person, default: Candidate()].looks += 1
                candidates[person, default: Candidate()].best = max(candidates[person]?.best ?? 0, best.similarity)
            }
        }
        settle()
    }

    /// Why a face is too bad to count; nil when it is not.
    private func doubt(of face: Face) -> FaceVerdict.Doubt? {
        if face.pixels < tuning.leastPixels { return .tooSmall }
        if abs(face.pose.yaw) > tuning.mostYaw || abs(face.pose.pitch) > tuning.mostPitch { return .turnedAway }
        if face.quality.sharpness < tuning.leastSharpness { return .tooBlurred }
        if face.quality.brightness < tuning.leastBrightness { return .tooDark }
        return face.vector == nil ? .tooSmall : nil
    }

    private mutating func add(_ vector: FaceVector?) {
        guard let values = vector?.values else { return }
        sum = sum.count == values.count ? zip(sum, values).map { $0 + $1 } : values
    }

    /// A name stays until somebody else has as many looks, or most looks speak against it.
    private mutating func settle() {
        let ranked = candidates.sorted {
            ($0.value.looks, $0.value.best, $1.key) > ($1.value.looks, $1.value.best, $0.key)
        }
        if let first = ranked.first, leads(first.value, over: ranked.dropFirst().first?.value) {
            name = first.key
        } else if let current = name, let own = candidates[current] {
            let rival = ranked.first { $0.key != current }?.value.looks ?? 0
            if rival >= own.looks || own.looks * tuning.share * 2 < looks { name = nil }
        }
    }

    private func leads(_ first: Candidate, over second: Candidate?) -> Bool {
        let isEnough =
            (first.looks >= tuning.looks && first.best >= tuning.best)
            || (first.looks >= tuning.sureLooks && first.best >= tuning.sure)
        return isEnough && first.looks >= tuning.lead * (second?.looks ?? 0) && first.looks * tuning.share >= looks
    }

    /// The mean of all good looks of somebody who is like nobody; nil while that is not sure.
    var stranger: FaceVector? {
        guard name == nil, candidates.isEmpty, looks >= tuning.strangerLooks else { return nil }
        return FaceVector(sum)
    }

    /// - Parameter isOver: no further look will come.
    package func verdict(isOver: Bool = false) -> FaceVerdict {
        if let name = name ?? (isOver ? single : nil), let candidate = candidates[name] {
            return FaceVerdict(
                name: name, similarity: candidate.best, looksAgreed: candidate.looks, looksTaken: looks)
        }
        return FaceVerdict(similarity: bestSimilarity, looksTaken: looks, doubt: doubt)
    }

    private var single: String? {
        guard looks == 1, let only = candidates.first, only.value.best >= tuning.single else { return nil }
        return only.key
    }

    private var doubt: FaceVerdict.Doubt {
        guard looks > 0 else {
            return unusable.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key ?? .noFaceSeen
        }
        let votes = candidates.values.map(\.looks).sorted(by: >)
        guard let most = votes.first else { return .belowThreshold }
        if let second = votes.dropFirst().first, most < tuning.lead * second { return .votesSplit }
        if most * tuning.share < looks { return .belowThreshold }
        return most < tuning.looks ? .tooFewLooks : .notSure
    }
}
