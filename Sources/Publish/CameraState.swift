package import Base

/// How one camera is, as it is told.
package struct CameraState: Sendable, Equatable {
    package var isOnline: Bool
    /// Pictures come, and nothing can be seen in them.
    package var isBlind: Bool
    package var troubles: [CameraTrouble]
    /// `camera/<camera>/health`.
    package var health: JSONValue

    package init(
        isOnline: Bool, isBlind: Bool = false, troubles: [CameraTrouble] = [], health: JSONValue
    ) {
        self.isOnline = isOnline
        self.isBlind = isBlind
        self.troubles = troubles
        self.health = health
    }

    /// What its processors saw last still means something.
    var sees: Bool { isOnline && !isBlind }
}
