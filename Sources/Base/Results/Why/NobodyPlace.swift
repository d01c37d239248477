/// What the owner has said is nobody, of one visit: while it is seen where it was seen then and looks as it did there, nothing
/// is told of it.
package struct NobodyPlace: Sendable, Equatable {
    package let id: String
    package let camera: CameraName
    package let label: Label
    /// One for each place that it had, 1...`PlacedLook.most`; where it was seen most often first.
    package private(set) var looks: [PlacedLook]
    package let calledAt: WallTime
    /// The visit of which it was said.
    package let visit: String
    /// How often something was not told because of it, and when last.
    package var silenced: Int
    package var lastSilenced: WallTime?

    package init(
        id: String, camera: CameraName, label: Label, first: PlacedLook, others: [PlacedLook] = [],
        calledAt: WallTime, visit: String, silenced: Int = 0, lastSilenced: WallTime? = nil
    ) {
        self.id = id
        self.camera = camera
        self.label = label
        self.looks = [first] + others.prefix(PlacedLook.most - 1)
        self.calledAt = calledAt
        self.visit = visit
        self.silenced = silenced
        self.lastSilenced = lastSilenced
    }

    /// More is known of the visit.
    package mutating func learn(_ looks: [PlacedLook]) {
        if !looks.isEmpty { self.looks = Array(looks.prefix(PlacedLook.most)) }
    }
}

extension NobodyPlace: LookKeeping {
    package var lookCount: Int { looks.count }

    package mutating func forgetOtherLooks() { looks = Array(looks.prefix(1)) }
}
