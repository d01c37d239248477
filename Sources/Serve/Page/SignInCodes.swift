import Base
import Rekognition

/// Codes that each let somebody sign in once, within ten minutes. Only their digests are kept.
struct SignInCodes: Sendable {
    static let lifetime = Duration.seconds(600)
    /// When there are more, the oldest counts no longer.
    static let most = 8

    private var open: [(digest: [UInt8], until: MonotonicTime)] = []

    mutating func add(_ digest: [UInt8], at now: MonotonicTime) {
        drop(at: now)
        if open.count >= Self.most { open.removeFirst() }
        open.append((digest, now + Self.lifetime))
    }

    /// - Returns: whether there is such a code; from then on there is not.
    mutating func take(_ digest: [UInt8], at now: MonotonicTime) -> Bool {
        drop(at: now)
        guard let index = open.firstIndex(where: { Digest.isSame($0.digest, digest) }) else { return false }
        open.remove(at: index)
        return true
    }

    private mutating func drop(at now: MonotonicTime) { open.removeAll { $0.until <= now } }
}
