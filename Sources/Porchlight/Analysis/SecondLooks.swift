import Base
import Gate
import Interpret

/// Looks again, closely, at where something small has moved: a far person or a small cat has a few pixels in the whole
/// picture, and many in a crop of it. At most one crop for each look, and only within the budget. Used by one thread.
final class SecondLooks {
    /// What became of it.
    enum Outcome: Sendable, Equatable {
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

    private let network: Network
    private let isBounded: Bool
    private var budget = SecondLookBudget()

    /// - Parameter isBounded: false for clips whose visits must be the same on every box.
    init(network: Network, isBounded: Bool = true) {
        self.network = network
        self.isBounded = isBounded
    }

    /// - Parameters:
    ///   - focus: the camera's own.
    ///   - first: what the whole picture showed.
    /// - Returns: that, and what the crop showed beside it.
    func detections(
        after first: [Detection], in frame: Frame, _ motion: SceneMotion, _ focus: inout MotionFocus
    ) -> (found: [Detection], outcome: Outcome) {
        let found = first.filter { $0.confidence.value >= Self.sure }.map(\.box)
        let width = network.inputShape(for: frame.size).width
        guard let crop = focus.next(in: motion, of: frame.size, inputWidth: width, found: found) else {
            return (first, .notNeeded)
        }
        guard !isBounded || budget.admits(at: frame.capturedAt) else { return (first, .skipped) }
        let began = MonotonicTime.now()
        // A package does not move: what looks like one where something moves, a car from above, is none.
        let seen = network.detections(in: frame, within: crop).filter { $0.label != .package }
        budget.spend(MonotonicTime.now() - began)
        let merged = CropMerge(crop: crop).merge(first, with: seen) { box in
            let moved = motion.motion(in: box)
            return moved.share >= Self.movingShare || moved.own >= Self.movingCells
        }
        return (merged, .taken)
    }
}
