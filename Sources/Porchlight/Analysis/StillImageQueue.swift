import Base
import Decode
import Dispatch
import Synchronization

/// Single pictures on their way to the network and back: decoded on a queue of their own, looked at by the analysis thread
/// between two frames of the cameras. Few may wait; more are refused and counted.
final class StillImageQueue: PictureLabeling {
    private struct Waiting: Sendable {
        var frame: Frame
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

    /// A decoded photograph of a telephone takes 60 MB on its way.
    private static let mostOpen = 3

    let modelName: String
    private let state = Mutex(State())
    private let decoding = DispatchQueue(label: "photos")

    init(modelName: String) { self.modelName = modelName }

    /// Pictures looked at and pictures refused because too many waited, since the start.
    var counts: (answered: Int, refused: Int) { state.withLock { ($0.answered, $0.refused) } }

    func detections(inPicture file: [UInt8]) async throws(PictureRefusal) -> [Detection] {
        try enter()
        let result: Result<[Detection], PictureRefusal> = await withCheckedContinuation { answer in
            decoding.async { [self] in
                do throws(DecodeError) {
                    wait(Waiting(frame: try PictureBytes.frame(of: file), answer: answer))
                } catch {
                    state.withLock { $0.open -= 1 }
                    answer.resume(returning: .failure(.unreadable("\(error)")))
                }
            }
        }
        return try result.get()
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
