import Base

/// Why the authority of the box cannot be used.
enum UnusableAuthority: Error, CustomStringConvertible {
    case otherKey
    case ended(Int64)

    var description: String {
        switch self {
        case .otherKey: "ca.pem and ca-key.pem do not belong together"
        case .ended(let seconds): "ca.pem has ended on \(WallTime(milliseconds: seconds * 1000).rfc3339)"
        }
    }
}

/// From when to when the box's next certificate counts, and whether the one that it has will do.
///
/// Boards without a battery start in the past. While the clock is not set, no certificate is judged by its dates, and a
/// new one begins no earlier than the one that it replaces.
struct CertificatePlan {
    /// Longer than this, clients of Apple refuse a certificate of a private authority, too (support.apple.com/103769).
    static let mostDays: Int64 = 825
    /// Browsers allow public ones no more; the box renews by itself, so that there is no reason to take longer.
    private static let days: Int64 = 397
    private static let renewedBefore = 60 * Validity.day
    private static let yearsOfAuthority: Int64 = 20

    let validity: Validity
    /// Nil while the clock is not set.
    private let now: Int64?

    /// - Parameter held: of the certificate that there is.
    /// - Throws: `UnusableAuthority` when no certificate of it counts any more.
    init(now: WallTime, held: Validity?, authority: Certificate) throws(UnusableAuthority) {
        let limits = authority.validity ?? Validity(from: 0, to: 0)
        self.now = now.isPlausible ? now.milliseconds / 1000 : nil
        let assumed = self.now ?? max(Self.earliest, held?.from ?? 0)
        guard assumed <= limits.to else { throw .ended(limits.to) }
        let from = max(limits.from, assumed - Validity.day)
        validity = Validity(from: from, to: min(limits.to, from + Self.days * Validity.day))
    }

    /// Whether a certificate may stay, by its dates.
    func keeps(_ certificate: Certificate) -> Bool {
        guard let held = certificate.validity, held.to - held.from <= Self.mostDays * Validity.day else { return false }
        guard let now else { return true }
        // Near the authority's own end a new one would not last longer.
        let isLate = now > held.to - Self.renewedBefore && validity.to > held.to
        return held.from <= now && !isLate
    }

    /// From the first day of this program, so that a clock behind the box's own does not matter.
    static func validityOfAuthority(at now: WallTime) -> Validity {
        let assumed = max(earliest, now.milliseconds / 1000)
        return Validity(from: earliest, to: assumed + yearsOfAuthority * 365 * Validity.day)
    }

    private static let earliest = WallTime.earliestPlausible.milliseconds / 1000
}
