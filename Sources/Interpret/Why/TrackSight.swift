import Base

/// What one look saw of a thing that is followed.
struct TrackSight: Sendable {
    let track: Int
    /// The visit that it belongs to.
    let visit: String?
    let detection: Detection
    /// Share of the box inside the best region, 0...1.
    let overlap: Double
    /// How sure its weak looks along a path are together.
    let path: Confidence?
    /// It would have begun a visit, and more speaks for this label at the same place.
    let strongerLabel: Label?
}
