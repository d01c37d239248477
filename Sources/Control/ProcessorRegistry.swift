package import Base
package import Logging
import Runtime

/// All stream processors of the box. One operation at a time changes them (the others wait their turn), nothing is
/// acknowledged before it is saved, and a failed save leaves everything as it was. Reading waits for nobody.
package actor ProcessorRegistry: StreamProcessorControl {
    /// What a processor may refer to and how many there may be.
    package struct Limits: Sendable {
        package var cameras: [CameraName]
        package var vocabulary: LabelVocabulary
        /// What face searches may name.
        package var collections: any FaceSearching
        package var processors: Int
        package static let tags = 200

        package init(
            cameras: [CameraName], vocabulary: LabelVocabulary, collections: any FaceSearching, processors: Int = 32
        ) {
            self.cameras = cameras
            self.vocabulary = vocabulary
            self.collections = collections
            self.processors = processors
        }
    }

    /// What tests replace.
    package struct Environment: Sendable {
        package var clock: any Clock<Duration>
        package var wallTime: @Sendable () -> WallTime
        /// Makes session ids: lower-case UUIDs.
        package var newID: @Sendable () -> String

        package init(
            clock: any Clock<Duration>, wallTime: @escaping @Sendable () -> WallTime,
            newID: @escaping @Sendable () -> String
        ) {
            self.clock = clock
            self.wallTime = wallTime
            self.newID = newID
        }
    }

    /// A processor as it is to be, and what is to be done outside.
    struct Step: Sendable {
        var next: StreamProcessor
        var actions: [StreamProcessor.Action]

        init(_ next: StreamProcessor, _ actions: [StreamProcessor.Action]) {
            self.next = next
            self.actions = actions
        }
    }

    /// For the analysis thread.
    package nonisolated let active = ActiveProcessors()

    let limits: Limits
    let environment: Environment
    let archive: any ProcessorArchive
    let modeArchive: any ModeArchive
    let sessions: Sessions
    let logger: Logger

    var processors: [ProcessorName: StreamProcessor] = [:]
    var modeBook = ModeBook()
    /// What is wrong with a camera, in words, until a frame of it is analysed again.
    var troubles: [CameraName: String] = [:]
    /// `STOPPING` and `UPDATING`, shown while the change is saved.
    private var passing: [ProcessorName: (status: ProcessorStatus, since: WallTime)] = [:]
    /// At most one per processor; they end sessions with a `StopSelector`.
    private var timers: [ProcessorName: Task<Void, Never>] = [:]
    /// At most one per processor; they take back what nobody confirmed.
    private var trialTimers: [ProcessorName: Task<Void, Never>] = [:]
    /// What the archive does not hold as it is: it could not be written, or was begun anew.
    var unsaved: Set<ProcessorName> = []
    private var followers: [AsyncStream<ControlChange>.Continuation] = []
    /// For one change after the other, in the order in which they came.
    let turns = AsyncLock()

    private init(
        _ limits: Limits, _ archive: any ProcessorArchive, _ modes: any ModeArchive, _ sessions: Sessions,
        _ environment: Environment, _ logger: Logger
    ) {
        self.limits = limits
        self.archive = archive
        modeArchive = modes
        self.sessions = sessions
        self.environment = environment
        self.logger = logger
    }

    /// Takes up what the archive holds; enabled processors run again. A camera that is named for the first time gets a
    /// processor of its name, `ALL` labels, started.
    /// - Throws: `internalFailure` when the archive cannot be read or written.
    package static func opening(
        _ archive: any ProcessorArchive, modes: any ModeArchive, limits: Limits, sessions: Sessions,
        environment: Environment, logger: Logger
    ) async throws(ControlError) -> ProcessorRegistry {
        let registry = ProcessorRegistry(limits, archive, modes, sessions, environment, logger)
        try await registry.takeUpModes()
        try await registry.takeUp()
        return registry
    }

    /// Turns proofs of analysis into `RUNNING`. Returns after `shutDown` or when cancelled.
    package func run() async {
        for await proof in active.proofs {
            await analysed(proof.processor, sessionID: proof.sessionID)
        }
    }

    /// All processors as they are now, then every change. The newest 4096 changes wait for a slow reader.
    package func changes() -> AsyncStream<ControlChange> {
        let (stream, follower) = AsyncStream.makeStream(
            of: ControlChange.self, bufferingPolicy: .bufferingNewest(4096))
        for description in all() { follower.yield(.changed(description)) }
        follower.yield(.modes(modeState))
        followers.append(follower)
        return stream
    }

    /// Ends the streams and timers; the processors stay wanted for the next start.
    package func shutDown() {
        active.replace([], mode: modeBook.current)
        active.finish()
        for timer in [timers, trialTimers].flatMap(\.values) { timer.cancel() }
        (timers, trialTimers) = ([:], [:])
        followers.forEach { $0.finish() }
        followers = []
    }

    // MARK: One change after the other

    func known(_ name: ProcessorName) throws(ControlError) -> StreamProcessor {
        guard let processor = processors[name] else { throw .notFound("Stream processor \(name) does not exist") }
        return processor
    }

    /// Saves when an action asks for it, then lets everybody see the change, all in one step.
    func commit(
        _ next: StreamProcessor, _ actions: [StreamProcessor.Action], showing status: ProcessorStatus? = nil
    ) async throws(ControlError) {
        if actions.contains(.save) {
            if let status { show(status, of: next.name) }
            do {
                try await archive.save(next.archived)
            } catch {
                hide(next.name)
                throw .internalFailure("Stream processor \(next.name) could not be saved: \(error)")
            }
            passing[next.name] = nil
            unsaved.remove(next.name)
        }
        settle(next, actions)
    }

    /// As `commit`, for what happens by itself: it has happened even when it cannot be saved.
    func commitAnyway(_ next: StreamProcessor, _ actions: [StreamProcessor.Action]) async {
        do {
            try await commit(next, actions)
        } catch {
            logger.error(
                "change of a stream processor not saved; tried again until it is", metadata: ["error": "\(error)"])
            unsaved.insert(next.name)
            settle(next, actions)
        }
    }

    /// The archive was begun anew: nothing of what is here is in it.
    package func archiveIsEmpty() {
        unsaved.formUnion(processors.keys)
        modeBook.isUnsaved = true
    }

    /// Saves what could not be saved when it happened. To be called each second.
    package func saveOwed() async {
        guard !unsaved.isEmpty || modeBook.isUnsaved else { return }
        await turns.lock()
        defer { turns.unlock() }
        await saveOwedModes()
        for name in unsaved.sorted() {
            if let processor = processors[name] {
                guard (try? await archive.save(processor.archived)) != nil else { return }
            }
            unsaved.remove(name)
        }
    }

    func settle(_ next: StreamProcessor, _ actions: [StreamProcessor.Action]) { settle([Step(next, actions)]) }

    /// All of them between two frames.
    func settle(_ steps: [Step]) {
        var reasons: [String: Event.EndReason] = [:]
        for step in steps {
            armTrial(of: step.next)
            processors[step.next.name] = step.next
            for action in step.actions {
                if case .end(let run, let reason, _) = action { reasons[run.sessionID] = reason }
                // A face search tells records and has neither notifications nor pictures of a session.
                if case .begin(let run) = action, step.next.description.settings.faceSearch == nil {
                    sessions.begin(run, step.next.description)
                }
            }
        }
        active.replace(processors.values.compactMap(\.active), endReasons: reasons, mode: modeBook.current)
        for step in steps {
            for action in step.actions { settle(action, of: step.next.name) }
            announce(.changed(step.next.description))
        }
        announceModes()
    }

    private func settle(_ action: StreamProcessor.Action, of name: ProcessorName) {
        switch action {
        case .save: break
        case .begin(let run):
            active.awaitProof(of: run.sessionID)
            arm(name, run)
        case .end(let run, _, let message):
            timers.removeValue(forKey: name)?.cancel()
            sessions.end(run, message: message)
        }
    }

    func settleRemoval(of processor: StreamProcessor) {
        processors[processor.name] = nil
        unsaved.remove(processor.name)
        trialTimers.removeValue(forKey: processor.name)?.cancel()
        active.deleted(processor.name)
        announce(.removed(processor.name, camera: processor.description.definition.camera))
        announceModes()
    }

    func announce(_ change: ControlChange) {
        followers.removeAll { follower in
            switch follower.yield(change) {
            case .terminated: return true
            case .dropped: logger.warning("a follower of stream processors is too slow: a change was dropped")
            default: break
            }
            return false
        }
    }

    private func arm(_ name: ProcessorName, _ run: StreamProcessor.Run) {
        guard let maxDuration = run.maxDuration else { return }
        let clock = environment.clock
        timers[name] = Task { [weak self] in
            guard (try? await clock.sleep(for: maxDuration)) != nil else { return }
            await self?.timeIsOver(name, sessionID: run.sessionID)
        }
    }

    private func armTrial(of next: StreamProcessor) {
        let trial = next.description.trial
        guard trial != processors[next.name]?.description.trial else { return }
        trialTimers.removeValue(forKey: next.name)?.cancel()
        guard let trial else { return }
        let (clock, name) = (environment.clock, next.name)
        trialTimers[name] = Task { [weak self] in
            guard (try? await clock.sleep(for: .seconds(trial.seconds))) != nil else { return }
            await self?.trialIsOver(name, revision: trial.revision)
        }
    }

    // MARK: Descriptions

    func shown(_ processor: StreamProcessor) -> ProcessorDescription {
        var description = processor.description
        if let (status, since) = passing[processor.name] {
            description.status = status
            description.updatedAt = since
        }
        if processor.run != nil, description.statusMessage.isEmpty {
            description.statusMessage = limits.handicap(of: description.settings) ?? ""
        }
        return description
    }

    func all() -> [ProcessorDescription] {
        processors.values.map(shown).sorted { $0.definition.name < $1.definition.name }
    }

    private func show(_ status: ProcessorStatus, of name: ProcessorName) {
        guard let processor = processors[name] else { return }
        passing[name] = (status, environment.wallTime())
        announce(.changed(shown(processor)))
    }

    private func hide(_ name: ProcessorName) {
        guard passing.removeValue(forKey: name) != nil, let processor = processors[name] else { return }
        announce(.changed(processor.description))
    }
}
