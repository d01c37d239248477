package import Base

/// When the network is to look at a camera's frame. Pure: it decides from times alone.
///
/// Looks cost nearly all of the CPU, so a quiet camera gets few. None of the rules can hide a visitor for good:
/// even without motion there is a look every two seconds.
package struct LookPolicy: Sendable {
    /// Looks go on for this long after the last motion.
    package static let afterMotion: Duration = .seconds(1)
    /// While something is followed that is not settled: often enough to notice within the quiet time that it has left.
    package static let whileFollowing: Duration = .milliseconds(500)
    /// When nothing happens at all, or what is there lies still and is looked at again only to see that it still is.
    package static let whenIdle: Duration = .seconds(2)

    private var lastMotion: MonotonicTime?
    private var lastLook: MonotonicTime?

    package init() {}

    /// - Parameters:
    ///   - time: when the frame was captured.
    ///   - isFollowing: a visit is open, or something is about to become one.
    /// - Returns: true when the network is to look at this frame; the policy then counts it as looked at.
    package mutating func shouldLook(at time: MonotonicTime, sawMotion: Bool, isFollowing: Bool) -> Bool {
        if sawMotion { lastMotion = time }
        let isDue = isDue(at: time, isFollowing: isFollowing)
        if isDue { lastLook = time }
        return isDue
    }

    private func isDue(at time: MonotonicTime, isFollowing: Bool) -> Bool {
        // A clock that went back (a clip that starts anew) must not silence the camera.
        guard let lastLook, time >= lastLook else { return true }
        if let lastMotion, time >= lastMotion, time - lastMotion <= Self.afterMotion { return true }
        return time - lastLook >= (isFollowing ? Self.whileFollowing : Self.whenIdle)
    }
}
