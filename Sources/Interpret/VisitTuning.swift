import Base

/// When a visit begins, goes on and ends. The figures are choices; the reasons stand beside them.
package struct VisitTuning: Sendable, Equatable {
    /// Admitted in this many of the last 8 looks, an object counts. At 10 looks a second a person in plain view is
    /// announced after 0.2–0.8 s although small networks miss every second frame of somebody who walks in sideways;
    /// a ghost of one or two frames never counts.
    package var looksNeeded = 3
    /// Two looks are enough when both are at least this sure.
    package var sure: Float = 0.8
    package var sureLooksNeeded = 2
    /// Weaker looks, down to this share of MinConfidence, count together when the object moves along a path: they must
    /// say as much as this many looks at MinConfidence would.
    package var pathConfidence = WhyRecord.followedShare
    package var pathLooks = 5
    /// Whoever asks for more than this MinConfidence wants single looks that are so sure: paths count for nothing.
    package var mostPathMinConfidence: Float = 0.7
    /// A visit goes on at this share of MinConfidence, ...
    package var keepingConfidence: Float = 0.8
    /// ... and this share of the box inside a region: objects on an edge do not flicker.
    package var keepingOverlap = 0.35
    /// Unseen for this long a visit is over. People who turn round or are hidden by a door come back within it;
    /// a light that is switched by the state stays on hardly longer than needed.
    package var quietTime: Duration = .seconds(4)
    /// A visit does not end on fewer missed looks than this, however long the frames stayed away.
    package var missesNeeded = 3
    /// A package does not move: whatever is in front of it goes away again, and a network that loses it for a while finds
    /// it where it was.
    package var packageQuietTime: Duration = .seconds(10)
    package var packageMissesNeeded = 6
    package var packageKeepingConfidence: Float = 0.5
    /// Somebody who stands in front of a package does not end its visit; after this long nobody knows any more.
    package var longestHidden: Duration = .seconds(120)
    /// Who was near this long before a package was seen last may have taken it.
    package var takingTime: Duration = .seconds(10)
    /// What has not moved for this long is looked at as rarely as a scene in which nothing is.
    package var settlingTime: Duration = .seconds(30)
    /// Of two labels in one place one wins when its summed confidences are this many times the other's.
    package var evidenceLead: Float = 1.3
    /// Another label that comes up in the place of what was seen this long ago at most may be the same thing.
    package var labelChangeTime: Duration = .seconds(1)
    /// At most one update in this time.
    package var updatePause: Duration = .seconds(1)
    /// A picture is better when it is surer by this.
    package var betterBy: Float = 0.1

    package init() {}

    func quietTime(of label: Label) -> Duration { label == .package ? packageQuietTime : quietTime }
    func missesNeeded(of label: Label) -> Int { label == .package ? packageMissesNeeded : missesNeeded }
    func keepingConfidence(of label: Label) -> Float {
        label == .package ? packageKeepingConfidence : keepingConfidence
    }
}
