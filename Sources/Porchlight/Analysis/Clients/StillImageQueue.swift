package import Base
import Decode
import Dispatch
import Runtime
import Synchronization

/// Single pictures on their way to the network and back: decoded on a queue of their own, looked at by the analysis thread
/// between two frames of the cameras. Few may wait; more are refused and counted. What all of them take is known before
/// they are decoded and bounded together.
package final class StillImageQueue: PictureLabeling, InferenceClient {
    /// The last kind: cameras come before, and leave it every third turn.
    package static let kind = WorkKind(
        name: "still_image", words: "a look at a single picture", capacity: 3, deadline: .seconds(15), patience: 2)

    private struct Waiting: Sendable {
        var frame: Frame
        var memory: MemoryBudget.Share
        var answer: CheckedContinuation<Result<[Detection], PictureRefusal>, Never>
    }

    private struct State {
        /// Taken on and not yet answered.
        var open = 0
        var isClosed = false
    }

    private static let mostOpen = kind.capacity ?? 1
    /// As long as a caller may wait for the pictures before theirs.
    private static let patience = Duration.seconds(10)

    package let modelName: String
    private let state = Mutex(State())
    private let ready: WorkQueue<Waiting>
    private let counters: WorkCounters
    private let memory = MemoryBudget(limit: PictureLimit.requestMemory)
    private let decoding = DispatchQueue(label: "photos")

    package init(modelName: String, _ counters: WorkCounters) {
        self.modelName = modelName
        self.counters = counters
        ready = WorkQueue(Self.kind, counters)
    }

    package func detections(inPicture file: [UInt8]) async throws(PictureRefusal) -> [Detection] {
        try enter()
        let result: Result<[Detection], PictureRefusal> = await withCheckedContinuation { answer in
            decoding.async { [self] in
                do throws(PictureRefusal) {
                    let (frame, share) = try decoded(file)
                    wait(Waiting(frame: frame, memory: share, answer: answer))
                } catch {
                    if case .busy = error { counters.note(.refused, of: Self.kind) }
                    reply(.failure(error), to: answer)
                }
            }
        }
        return try result.get()
    }

    /// Waits for the memory that it takes, and gives back what the frame alone does not need.
    private func decoded(_ file: [UInt8]) throws(PictureRefusal) -> (Frame, MemoryBudget.Share) {
        let picture = try Self.translating { () throws(DecodeError) in try PictureBytes(file) }
        guard let share = memory.take(picture.memory, within: Self.patience) else {
            throw .busy("Other pictures take all the memory that there is for them; try again.")
        }
        let frame = try Self.translating { () throws(DecodeError) in try picture.frame() }
        share.shrink(to: frame.byteCount)
        return (frame, share)
    }

    private static func translating<R>(_ body: () throws(DecodeError) -> R) throws(PictureRefusal) -> R {
        do throws(DecodeError) {
            return try body()
        } catch {
            switch error {
            case .tooLarge, .tooLong, .tooMuchMemory: throw .tooLarge("\(error)")
            case .outOfMemory: throw .busy("There is no memory for the picture; try again.")
            case .corrupt, .notFound, .unreadable, .unsupported, .emptyFolder, .libav: throw .unreadable("\(error)")
            }
        }
    }

    private func enter() throws(PictureRefusal) {
        try state.withLock { state throws(PictureRefusal) in
            guard !state.isClosed else { throw .stopping }
            guard state.open < Self.mostOpen else {
                counters.note(.refused, of: Self.kind)
                throw .busy("\(Self.mostOpen) pictures are being looked at already; try again.")
            }
            state.open += 1
        }
    }

    private func reply(
        _ result: Result<[Detection], PictureRefusal>,
        to answer: CheckedContinuation<Result<[Detection], PictureRefusal>, Never>
    ) {
        state.withLock { $0.open -= 1 }
        answer.resume(returning: result)
    }

    /// There is room: no more are taken on.
    private func wait(_ picture: Waiting) {
        if !ready.add(picture) { reply(.failure(.stopping), to: picture.answer) }
    }

    // MARK: The analysis thread's

    package var isWaiting: Bool { !ready.isEmpty }

    package func answerLate(at now: MonotonicTime) {
        while let picture = ready.takeLate(at: now) {
            reply(.failure(.busy("The cameras took all the time that there is; try again.")), to: picture.answer)
        }
    }

    /// Looks at the picture that has waited longest.
    package func performOne(with models: ModelSet) {
        guard let picture = ready.take() else { return }
        reply(.success(models.detector.detections(in: picture.frame, of: nil)), to: picture.answer)
    }

    /// Nobody looks any more: what waits is refused.
    package func close() {
        state.withLock { $0.isClosed = true }
        ready.close()
        while let picture = ready.withdraw() { reply(.failure(.stopping), to: picture.answer) }
    }
}
