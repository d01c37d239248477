package import Base

/// What a camera knows of its scene that a restart must not forget.
package struct KnownObjects: Sendable, Equatable {
    /// What it sees all the time and that begins no visits.
    package var background: [BackgroundObject]
    /// Visitors at rest, a parcel or a sleeping cat: they are visitors after a restart, too, without moving.
    package var present: [BackgroundObject]

    package init(background: [BackgroundObject] = [], present: [BackgroundObject] = []) {
        self.background = background
        self.present = present
    }

    package var isEmpty: Bool { background.isEmpty && present.isEmpty }
}
