/// A place of a camera's picture of which the owner has said that what is seen there is nobody: while it looks as it did
/// then, nothing is told of it.
package struct NobodyPlace: Sendable, Equatable {
    package let id: String
    package let camera: CameraName
    package let label: Label
    package let box: NormalizedBox
    package let look: PictureLook
    package let calledAt: WallTime
    /// The visit of which it was said.
    package let visit: String
    /// How often something was not told because of it, and when last.
    package var silenced: Int
    package var lastSilenced: WallTime?

    package init(
        id: String, camera: CameraName, label: Label, box: NormalizedBox, look: PictureLook, calledAt: WallTime,
        visit: String, silenced: Int = 0, lastSilenced: WallTime? = nil
    ) {
        self.id = id
        self.camera = camera
        self.label = label
        self.box = box
        self.look = look
        self.calledAt = calledAt
        self.visit = visit
        self.silenced = silenced
        self.lastSilenced = lastSilenced
    }
}
