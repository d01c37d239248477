package import Base

/// What the pictures of all cameras take together, against what the service may take.
package struct CameraMemory {
    /// `MemoryMax=` of the unit.
    package static let limit = 320 << 20
    /// Program, model, store and broker's queue, with one camera of 1280x720; docs/measured.md.
    package static let rest = 100 << 20

    private var cameras: [(name: CameraName, bytes: Int)] = []

    package init() {}

    /// - Parameter bytes: the most that its pictures take; 0 when it is not known.
    package mutating func add(_ bytes: Int, of camera: CameraName) {
        if bytes > 0 { cameras.append((camera, bytes)) }
    }

    /// In words, with the sum and what to do; nil when everything fits.
    package var problem: String? {
        let sum = cameras.map(\.bytes).reduce(0, +)
        guard sum > Self.limit - Self.rest else { return nil }
        let each = cameras.map { "\($0.name) \(Self.megabytes($0.bytes))" }.joined(separator: ", ")
        return "their pictures take up to \(Self.megabytes(sum)) (\(each)), and all else about "
            + "\(Self.megabytes(Self.rest)): the service would be ended at \(Self.megabytes(Self.limit)). Choose smaller "
            + "sizes, MJPG instead of a raw format, or fewer cameras; 1280x720 is enough to see people"
    }

    private static func megabytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20) MB" }
}
