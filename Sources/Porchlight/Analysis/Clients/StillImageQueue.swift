package import Base
import Decode
import Dispatch
import Runtime
import Synchronization

/// Single pictures on their way to the networks and back, for whoever asks what is in them, or whose faces: decoded on a
/// queue of their own, looked at by the analysis thread between two frames of the cameras. Few may wait; more are refused
/// and counted. What all of them take is known before they are decoded and bounded together.
package final class StillImageQueue: PictureLabeling, FaceReading, InferenceClient {
    /// The last kind: cameras come before, and leave it every third turn.
    package static let kind = WorkKind(
        name: "still_image", words: "a look at a single picture", capacity: 3, deadline: .seconds(15), patience: 2)

    /// What is asked of a picture, and who waits for it.
    private struct Question: Sendable {
        /// On the analysis thread.
        var look: @Sendable (Frame, ModelSet) -> Void
        var refuse: @Sendable (PictureRefusal) -> Void
    }

    private struct Waiting: Sendable {
        var frame: Frame
        var memory: MemoryBudget.Share
        var question: Question
    }

    private struct State {
        /// Taken on and not yet answered.
        var open = 0
        var isClosed = false
        var faceModel: FaceModel?
    }

    private static let mostOpen = kind.capacity ?? 1
    /// As long as a caller may wait for the pictures before theirs.
    private static let patience = Duration.seconds(10)

    package let modelName: String
    private let readFaceModel: @Sendable () throws(PictureRefusal) -> FaceModel
    private let state = Mutex(State())
    private let ready: WorkQueue<Waiting>
    private let counters: WorkCounters
    private let memory = MemoryBudget(limit: PictureLimit.requestMemory)
    private let decoding = DispatchQueue(label: "photos")

    /// - Parameters:
    ///   - modelName: of the network that finds objects.
    ///   - faceModel: reads which embedder there is, off the analysis thread; asked until it has answered once.
    package init(
        modelName: String, _ counters: WorkCounters,
        faceModel: @escaping @Sendable () throws(PictureRefusal) -> FaceModel = { () throws(PictureRefusal) in
            throw .unavailable("There are no networks for faces here.")
        }
    ) {
        self.modelName = modelName
        self.counters = counters
        readFaceModel = faceModel
        ready = WorkQueue(Self.kind, counters)
    }

    package func detections(inPicture file: [UInt8]) async throws(PictureRefusal) -> [Detection] {
        try await look(at: file) { frame, models in .success(models.detector.detections(in: frame, of: nil)) }
    }

    package func faces(inPicture file: [UInt8], wantsVectors: Bool) async throws(PictureRefusal) -> [Face] {
        try await look(at: file) { frame, models in
            do throws(FaceNetworks.Failure) {
                let finder = try models.faces.finder(wantsVectors: wantsVectors)
                return .success(finder.faces(inPicture: frame, within: .picture))
            } catch {
                return .failure(.unavailable(error.sentence))
            }
        }
    }

    package func model() async throws(PictureRefusal) -> FaceModel {
        if let known = state.withLock(\.faceModel) { return known }
        let read: Result<FaceModel, PictureRefusal> = await withCheckedContinuation { answer in
            decoding.async { [readFaceModel] in
                answer.resume(returning: Result { () throws(PictureRefusal) in try readFaceModel() })
            }
        }
        let model = try read.get()
        state.withLock { $0.faceModel = model }
        return model
    }

    /// Decodes the picture and has it looked at.
    private func look<R: Sendable>(
        at file: [UInt8], _ body: @escaping @Sendable (Frame, ModelSet) -> Result<R, PictureRefusal>
    ) async throws(PictureRefusal) -> R {
        try enter()
        let result: Result<R, PictureRefusal> = await withCheckedContinuation { answer in
            let question = Question(
                look: { [self] frame, models in
                    let found = body(frame, models)
                    leave()
                    answer.resume(returning: found)
                },
                refuse: { [self] refusal in
                    leave()
                    answer.resume(returning: .failure(refusal))
                })
            decoding.async { [self] in
                do throws(PictureRefusal) {
                    let (frame, share) = try decoded(file)
                    wait(Waiting(frame: frame, memory: share, question: question))
                } catch {
                    if case .busy = error { counters.note(.refused, of: Self.kind) }
                    question.refuse(error)
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

    private func leave() { state.withLock { $0.open -= 1 } }

    /// There is room: no more are taken on.
    private func wait(_ picture: Waiting) {
        if !ready.add(picture) { picture.question.refuse(.stopping) }
    }

    // MARK: The analysis thread's

    package var isWaiting: Bool { !ready.isEmpty }

    package func answerLate(at now: MonotonicTime) {
        while let picture = ready.takeLate(at: now) {
            picture.question.refuse(.busy("The cameras took all the time that there is; try again."))
        }
    }

    /// Looks at the picture that has waited longest.
    package func performOne(with models: ModelSet) {
        guard let picture = ready.take() else { return }
        picture.question.look(picture.frame, models)
    }

    /// Nobody looks any more: what waits is refused.
    package func close() {
        state.withLock { $0.isClosed = true }
        ready.close()
        while let picture = ready.withdraw() { picture.question.refuse(.stopping) }
    }
}

extension FaceFinder.Bounds {
    /// Everything that AWS would tell of a picture.
    fileprivate static let picture = FaceFinder.Bounds(
        leastConfidence: .half, mostVectors: Face.mostInPicture)
}
