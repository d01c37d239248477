import Base

/// How long something must stand still to be taken for a part of the scene. The figures are choices; the reasons stand
/// beside them.
package struct StillnessTuning: Sendable, Equatable {
    /// Nobody stands half an hour without moving a hand; ...
    package var person: Duration = .seconds(30 * 60)
    /// ... cats sleep longer; ...
    package var pet: Duration = .seconds(60 * 60)
    /// ... and a parcel may wait for its owner all day.
    package var package: Duration = .seconds(24 * 60 * 60)
    /// Motion inside the box takes back this much: who lives here never gets there, and a coat that people pass does.
    package var setback: Duration = .seconds(60)
    /// Known background beside which something moved must stand still again for this long: somebody may have taken its
    /// place.
    package var probation: Duration = .seconds(2 * 60)
    /// What has not moved since it is there is told as background after this long: earlier it may still move a hand.
    package var listing: Duration = .seconds(30)
    /// Unseen for this long, known background is forgotten; ...
    package var memory: Duration = .seconds(48 * 60 * 60)
    /// ... and what only stood still for a while after this.
    package var patience: Duration = .seconds(2 * 60)
    /// Time between two looks that counts at most: what was not looked at was not seen to stand still.
    package var longestStep: Duration = .seconds(10)
    /// A package that is there this soon after the first look was not brought: it was there before.
    package var opening: Duration = .seconds(10)
    /// When the whole scene has moved for this long, motion tells nothing any more, and what is seen anew counts.
    package var longestUnclear: Duration = .seconds(3)
    /// A box that overlaps one of the same label that has moved, seen this shortly before, is the same object.
    package var inheritance: Duration = .seconds(4)
    /// What rests for this long is remembered over a restart.
    package var settling: Duration = .seconds(60)
    /// Boxes of one thing overlap by this much from look to look, when it does not move.
    package var sameBox = 0.75
    /// What is seen at a known place with this overlap is what is known there.
    package var samePlace = 0.6
    /// The same for what has never moved: a passing cat stretches the box of the car behind it.
    package var sameStillPlace = 0.5
    /// Weaker detections say nothing about stillness, ...
    package var weakest: Float = 0.1
    /// ... and what was never surer than this is not worth telling as background.
    package var weakestListed: Float = 0.3
    package var mostPlaces = 64

    package init() {}

    func needed(for label: Label) -> Duration {
        switch label {
        case .person: person
        case .pet: pet
        case .package: package
        }
    }
}
