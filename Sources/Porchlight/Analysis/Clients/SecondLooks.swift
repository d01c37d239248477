package import Base
import Gate
import Interpret

/// Looks again, closely, at where something small has moved: a far person or a small cat has a few pixels in the whole
/// picture, and many in a crop of it. At most one crop for each look, and only within the budget.
package final class SecondLooks: InferenceClient {
    /// The first kind: the look that it belongs to is not told before, and its budget leaves time for others.
    package static let kind = WorkKind(
        name: "second_look", words: "a second look at a camera's picture", capacity: 64, deadline: .seconds(2),
        patience: 1)

    /// A part of a picture that is to be looked at.
    package struct Crop: BudgetedWork {
        package let camera: CameraName
        package let frame: Frame
        /// In ratios of the frame.
        package let part: NormalizedBox
        /// False for clips whose visits must be the same on every box.
        package let isBounded: Bool
    }

    /// What became of the wish for one.
    package enum Outcome: Sendable, Equatable {
        /// Nothing small moved, or the first look was sure of it.
        case notNeeded
        case taken
        /// There was no time.
        case skipped
    }

    /// What is found with this much confidence needs no second look.
    private static let sure: Float = 0.7
    /// What is found in a crop counts when this share of it moves, or this many cells that are its own.
    private static let movingShare = 0.05
    private static let movingCells = 2

    private let queue: BudgetedQueue<Crop>
    /// Gets what a crop showed, in ratios of the frame; nil: it was too late for it.
    var onAnswer: (Crop, [Detection]?) -> Void = { _, _ in }

    package init(_ counters: WorkCounters) { queue = BudgetedQueue(Self.kind, counters) }

    /// Where a second look is worth it after the first one; nil where it is not.
    /// - Parameters:
    ///   - first: what the whole picture showed.
    ///   - focus: the camera's own.
    static func part(
        after first: [Detection], in frame: Frame, _ motion: SceneMotion, _ focus: inout MotionFocus,
        with models: ModelSet
    ) -> NormalizedBox? {
        let found = first.filter { $0.confidence.value >= sure }.map(\.box)
        let width = models.detector.inputShape(for: frame.size).width
        return focus.next(in: motion, of: frame.size, inputWidth: width, found: found)
    }

    /// - Returns: false when there is no time for it.
    func ask(for crop: Crop) -> Bool { queue.ask(for: crop) }

    package var isWaiting: Bool { queue.isWaiting }

    package func answerLate(at now: MonotonicTime) {
        while let crop = queue.takeLate(at: now) { onAnswer(crop, nil) }
    }

    package func performOne(with models: ModelSet) {
        let done = queue.performOne { crop in
            // A package does not move: what looks like one where something moves, a car from above, is none.
            models.detector.detections(in: crop.frame, within: crop.part).filter { $0.label != .package }
        }
        if let done { onAnswer(done.work, done.answer) }
    }

    /// What the whole picture showed, and what the crop showed beside it.
    static func merged(
        _ first: [Detection], with seen: [Detection], of part: NormalizedBox, _ motion: SceneMotion
    ) -> [Detection] {
        CropMerge(crop: part).merge(first, with: seen) { box in
            let moved = motion.motion(in: box)
            return moved.share >= movingShare || moved.own >= movingCells
        }
    }
}
