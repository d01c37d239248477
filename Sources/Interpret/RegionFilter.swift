import Base

/// Which boxes a processor's regions of interest admit.
struct RegionFilter {
    let regions: [Region]

    init(_ plan: ConnectedHomePlan) { regions = plan.regions }

    /// Share of the box inside the best region, 0...1; 1 without regions.
    func overlap(_ box: NormalizedBox) -> Double { regions.bestOverlap(of: box) }

    /// More than half, or more than a lower share for what was admitted before. What exceeds it by a rounding error
    /// only does not.
    func admits(overlap: Double, share: Double = Region.admittingOverlap) -> Bool { overlap > share + 1e-9 }
}
