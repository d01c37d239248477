package import Base

/// When the network is to look at a camera's frame. Pure: it decides from times alone.
///
/// Looks cost nearly all of the CPU, so a quiet camera gets few. None of the rules can hide a visitor for good:
/// even without motion there is a look every two seconds.
package struct InferencePolicy: Sendable {
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
    package mutating func shouldInfer(at time: MonotonicTime, sawMotion: Bool, isFollowing: Bool) -> Bool {
        // A clock that went back: that motion is not ahead of us.
        if let motion = lastMotion, time < motion { lastMotion = nil }
        if sawMotion { lastMotion = time }
        let isDue = isDue(at: time, isFollowing: isFollowing)
        if isDue { lastLook = time }
        return isDue
    }

    private func isDue(at time: MonotonicTime, isFollowing: Bool) -> Bool {
        // A clock that went back (a clip that starts anew) must not silence the camera.
        guard let lastLook, time >= lastLook else { return true }
        return forecast(isFollowing: isFollowing).isDue(at: time)
    }

    /// When looks will be due if nothing moves from now on.
    package func forecast(isFollowing: Bool) -> InferenceForecast {
        guard let lastLook else { return .always }
        return InferenceForecast(
            until: lastMotion.map { $0 + Self.afterMotion },
            from: lastLook + (isFollowing ? Self.whileFollowing : Self.whenIdle))
    }
}

/// At which times a look is to be expected.
package struct InferenceForecast: Sendable, Equatable {
    /// Every picture up to this time, ...
    package var until: MonotonicTime?
    /// ... and those from this time on; nil: none.
    package var from: MonotonicTime?

    package static let always = InferenceForecast(until: nil, from: MonotonicTime(nanoseconds: 0))
    /// Nobody wants to know anything of the camera.
    package static let never = InferenceForecast(until: nil, from: nil)

    package func isDue(at time: MonotonicTime) -> Bool {
        if let until, time <= until { return true }
        return from.map { time >= $0 } ?? false
    }
}
