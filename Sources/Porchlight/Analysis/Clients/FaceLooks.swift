package import Base
import Interpret

/// Looks for faces in a camera's picture, for the sessions that search them: where people are, or in the whole picture where
/// something moved and no person was found. One look at faces for each look at the picture, and only within the budget.
package final class FaceLooks: InferenceClient {
    /// After the second look, whose people it needs; the look that it belongs to is not told before.
    package static let kind = WorkKind(
        name: "face_look", words: "a look at the faces of a camera's picture", capacity: 32, deadline: .seconds(2),
        patience: 1)

    /// Where faces are looked for in a picture.
    package struct Search: BudgetedWork {
        package let camera: CameraName
        package let frame: Frame
        /// In ratios of the frame; at least one.
        package let parts: [NormalizedBox]
        /// False for clips whose events must be the same on every box.
        package let isBounded: Bool
    }

    private static let bounds = FaceFinder.Bounds(
        leastConfidence: Confidence(clamping: 0.6), mostVectors: FaceRegions.most)

    private let queue: BudgetedQueue<Search>
    private let tellTrouble: (String) -> Void
    private var trouble: String?
    /// Gets what a search has found; nil: it was too late for it, or the networks cannot be used.
    var onAnswer: (Search, FacesSeen?) -> Void = { _, _ in }

    /// - Parameter trouble: is told why the networks cannot be used, once for each reason.
    package init(_ counters: WorkCounters, trouble: @escaping (String) -> Void = { _ in }) {
        tellTrouble = trouble
        queue = BudgetedQueue(Self.kind, counters)
    }

    /// - Returns: false when there is no time for it.
    func ask(for search: Search) -> Bool { queue.ask(for: search) }

    package var isWaiting: Bool { queue.isWaiting }

    package func answerLate(at now: MonotonicTime) {
        while let search = queue.takeLate(at: now) { onAnswer(search, nil) }
    }

    package func performOne(with models: ModelSet) {
        if let done = queue.performOne({ seen($0, with: models) }) { onAnswer(done.work, done.answer) }
    }

    private func seen(_ search: Search, with models: ModelSet) -> FacesSeen? {
        do throws(FaceNetworks.Failure) {
            let finder = try models.faces.finder(wantsVectors: true)
            guard let model = models.faces.model else { return nil }
            trouble = nil
            return FacesSeen(faces: finder.faces(in: search.frame, search.parts, within: Self.bounds), model: model)
        } catch {
            if trouble != error.why {
                trouble = error.why
                tellTrouble(error.why)
            }
            return nil
        }
    }
}
