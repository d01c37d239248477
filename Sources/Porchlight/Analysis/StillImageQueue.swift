import Base
import Decode
import Dispatch
import Synchronization

/// Single pictures on their way to the network and back: decoded on a queue of their own, looked at by the analysis thread
/// between two frames of the cameras. Few may wait; more are refused and counted. What all of them take is known before
/// they are decoded and bounded together.
final class StillImageQueue: PictureLabeling {
    private struct Waiting: Sendable {
        var frame: Frame
        var memory: MemoryBudget.Share
        var answer: CheckedContinuation<Result<[Detection], PictureRefusal>, Never>
    }

    private struct State {
        var ready: [Waiting] = []
        /// Taken on and not yet answered.
        var open = 0
        var answered = 0
        var refused = 0
        var isClosed = false
    }

    private static let mostOpen = 3
    /// As long as a caller may wait for the pictures before theirs.
    private static let patience = Duration.seconds(10)

    let modelName: String
    private let state = Mutex(State())
    private let memory = MemoryBudget(limit: PictureLimit.requestMemory)
    private let decoding = DispatchQueue(label: "photos")

    init(modelName: String) { self.modelName = modelName }

    /// Pictures looked at and pictures refused because too many waited, since the start.
    var counts: (answered: Int, refused: Int) { state.withLock { ($0.answered, $0.refused) } }

    func detections(inPicture file: [UInt8]) async throws(PictureRefusal) -> [Detection] {
        try enter()
        let result: Result<[Detection], PictureRefusal> = await withCheckedContinuation { answer in
            decoding.async { [self] in
                do throws(PictureRefusal) {
                    let (frame, share) = try decoded(file)
                    wait(Waiting(frame: frame, memory: share, answer: answer))
                } catch {
                    state.withLock { state in
                        state.open -= 1
                        if case .busy = error { state.refused += 1 }
                    }
                    answer.resume(returning: .failure(error))
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
                state.refused += 1
                throw .busy("\(Self.mostOpen) pictures are being looked at already; try again.")
            }
            state.open += 1
        }
    }

    private func wait(_ picture: Waiting) {
        let isLate = state.withLock { state in
            if state.isClosed { state.open -= 1 } else { state.ready.append(picture) }
            return state.isClosed
        }
        if isLate { picture.answer.resume(returning: .failure(.stopping)) }
    }

    /// The analysis thread's: looks at the picture that has waited longest, if there is one.
    func answerOne(with network: Network) {
        guard let picture = state.withLock({ $0.ready.isEmpty ? nil : $0.ready.removeFirst() }) else { return }
        let found = network.detections(in: picture.frame)
        state.withLock { state in
            state.open -= 1
            state.answered += 1
        }
        picture.answer.resume(returning: .success(found))
    }

    /// Nobody looks any more: what waits is refused.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            state.open -= state.ready.count
            defer { state.ready = [] }
            return state.ready
        }
        for picture in left { picture.answer.resume(returning: .failure(.stopping)) }
    }
}
