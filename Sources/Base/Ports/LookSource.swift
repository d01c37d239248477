/// What the analysis sees, look by look, for whoever watches a camera. Filled by the wiring.
package protocol LookSource: Sendable {
    /// Pictures may be shown, too; false in privacy mode.
    var showsPictures: Bool { get }
    /// - Returns: nil for an unknown camera and for one that is away.
    func watch(_ camera: String) -> (any LookWatching)?
}

/// One who watches a camera. Looks are kept for whoever has one of these, and for nobody when the last one goes.
package protocol LookWatching: AnyObject, Sendable {
    /// The newest look that this one has not had.
    func next() -> LookNews
}

package enum LookNews: Sendable, Equatable {
    /// - Parameter missed: looks between this one and the one before, which newer ones replaced.
    case look(SeenLook, missed: Int)
    case nothingNew
    /// The camera is away.
    case gone
}
