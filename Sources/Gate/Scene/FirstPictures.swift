package import Base

/// What a few seconds of pictures say about a camera by themselves, without knowing its scene.
package struct FirstPictures: Sendable {
    private var recent = RecentScene()
    private var pictures = StillPictures()
    private var latest: ScenePicture?
    private var isStill = false

    package init() {}

    package mutating func add(_ picture: CellPicture) {
        let scene = ScenePicture(picture)
        recent.add(scene)
        pictures.look(at: picture)
        isStill = pictures.isStill(at: picture.time)
        latest = scene
    }

    /// One at most: of a black picture nobody can say whether it is frozen.
    package var trouble: CameraTrouble.Kind? {
        guard let latest else { return nil }
        let visibility = Visibility(of: latest, recent: recent.picture)
        if visibility.isDark { return .dark }
        if visibility.light.isOverExposed { return .overExposed }
        if visibility.isBlank { return .covered }
        return isStill ? .frozen : nil
    }
}
