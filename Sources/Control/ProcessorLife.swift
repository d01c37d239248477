package import Base
import Logging
import Runtime

/// What happens to processors without anybody's asking: starts, cameras, time.
extension ProcessorRegistry {
    func takeUp() async throws(ControlError) {
        let archived: [ArchivedProcessor]
        let unseen: [CameraName]
        do {
            archived = try await archive.load()
            unseen = try await archive.unseen(among: limits.cameras)
        } catch {
            throw .internalFailure("The stream processors could not be read: \(error)")
        }
        for processor in archived { resume(await withoutTrial(processor)) }
        for camera in unseen { try await welcome(camera) }
        // After a power cut before this, the processors that are there say the same.
        do { try await archive.noteSeen(limits.cameras) } catch {
            logger.error("which cameras have been seen is not saved", metadata: ["error": "\(error)"])
        }
    }

    /// It gets a processor, unless its owner has made one for it already.
    private func welcome(_ camera: CameraName) async throws(ControlError) {
        guard of(camera).isEmpty else { return }
        guard processors[ProcessorName(camera)] == nil, processors.count < limits.processors else {
            return logger.warning(
                "a camera gets no processor: its name is taken, or there are too many",
                metadata: ["camera": "\(camera)"])
        }
        try await makeFirst(for: camera)
    }

    /// A trial does not outlive the program: nobody knows how long the power was gone, and what is on trial may be the
    /// reason for it.
    private func withoutTrial(_ archived: ArchivedProcessor) async -> ArchivedProcessor {
        guard archived.description.trial != nil else { return archived }
        var confirmed = archived
        confirmed.description = archived.description.revertingTrial(at: environment.wallTime())
        do { try await archive.save(confirmed) } catch {
            // If it never can be saved, the next start finds the trial again and takes it back again.
            unsaved.insert(confirmed.description.definition.name)
            logger.error("the end of a trial is not saved", metadata: ["error": "\(error)"])
        }
        return confirmed
    }

    private func resume(_ archived: ArchivedProcessor) {
        let (plan, missing) = limits.vocabulary.rest(of: archived.description.settings.plan)
        var processor = StreamProcessor(archived, plan: plan)
        let camera = processor.description.definition.camera
        let time = environment.wallTime()
        guard processor.description.isEnabled, let echo = archived.startEcho else { return settle(processor, []) }
        if !limits.cameras.contains(camera) {
            let actions = processor.fail(limits.unknownCamera(camera.text), at: time)
            return settle(processor, actions)
        }
        if let trouble = limits.trouble(with: plan) {
            let actions = processor.fail(trouble, at: time)
            return settle(processor, actions)
        }
        if !missing.isEmpty {
            logger.warning(
                "the model cannot emit all labels of a stream processor",
                metadata: ["processor": "\(processor.name)", "missing": "\(missing)"])
        }
        let run = StreamProcessor.Run(sessionID: environment.newID(), maxDuration: nil, echo: echo)
        // It was made a line ago and does not run: start cannot refuse.
        let actions = (try? processor.start(run, trouble: "", at: time)) ?? []
        settle(processor, actions)
    }

    /// So that the box works before anybody has asked it for anything.
    private func makeFirst(for camera: CameraName) async throws(ControlError) {
        let name = ProcessorName(camera)
        let definition = ProcessorDefinition(
            name: name, arn: ProcessorARN.arn(of: name), camera: camera,
            inputARN: "arn:aws:kinesisvideo:local:000000000000:stream/\(camera)",
            output: .folder(bucket: "local", keyPrefix: nil),
            roleARN: "arn:aws:iam::000000000000:role/porchlight", notificationTopicARN: nil, kmsKeyID: nil,
            dataSharingOptIn: false, tags: [:])
        let names = [LabelVocabulary.all]
        let home = ConnectedHomePlan(labelNames: names, labels: try limits.vocabulary.labels(for: names))
        let time = environment.wallTime()
        var processor = StreamProcessor(definition, AnalysisSettings(home, revision: 1), at: time)
        let run = StreamProcessor.Run(
            sessionID: environment.newID(), maxDuration: nil, echo: ["Name": .string(name.text)])
        let actions = try processor.start(run, trouble: "", at: time)
        await commitAnyway(processor, actions)
    }

    /// A frame was really analysed for this session.
    package func analysed(_ name: ProcessorName, sessionID: String) async {
        await turns.lock()
        defer { turns.unlock() }
        guard var processor = processors[name],
            processor.analysed(for: sessionID, at: environment.wallTime())
        else { return }
        troubles[processor.description.definition.camera] = nil
        settle(processor, [])
    }

    /// The camera gives no frames for now. To be told again with every failed try, so that a frame that was still on
    /// its way cannot leave a processor `RUNNING`.
    /// It waits for no turn: a change that is being saved to a disk that hangs must not keep the others `RUNNING`. What that
    /// change undoes when it is settled is told again with the next call.
    /// - Parameter reason: in plain words, for the `StatusMessage`.
    package func cameraInterrupted(_ camera: CameraName, reason: String) async {
        troubles[camera] = reason
        for var processor in of(camera) {
            guard processor.interrupted(by: reason, at: environment.wallTime()) else { continue }
            settle(processor, [])
            if let sessionID = processor.run?.sessionID { active.awaitProof(of: sessionID) }
        }
    }

    /// The camera is given up for this run of the program.
    package func cameraFailed(_ camera: CameraName, reason: String) async {
        await turns.lock()
        defer { turns.unlock() }
        troubles[camera] = reason
        for var processor in of(camera) where processor.run != nil {
            let actions = processor.fail(reason, at: environment.wallTime())
            await commitAnyway(processor, actions)
        }
    }

    func timeIsOver(_ name: ProcessorName, sessionID: String) async {
        await turns.lock()
        defer { turns.unlock() }
        guard var processor = processors[name] else { return }
        let actions = processor.timeIsOver(of: sessionID, at: environment.wallTime())
        guard !actions.isEmpty else { return }
        await commitAnyway(processor, actions)
    }

    /// Nobody has confirmed the settings in time.
    func trialIsOver(_ name: ProcessorName, revision: Int) async {
        await turns.lock()
        defer { turns.unlock() }
        // Cancelled while it waited for its turn: another processor may have the name, and the revision, by now.
        guard !Task.isCancelled, var processor = processors[name] else { return }
        let actions = processor.trialIsOver(ofRevision: revision, at: environment.wallTime())
        guard !actions.isEmpty else { return }
        logger.notice("settings on trial were not confirmed and are taken back", metadata: ["processor": "\(name)"])
        await commitAnyway(processor, actions)
    }

    private func of(_ camera: CameraName) -> [StreamProcessor] {
        processors.values.filter { $0.description.definition.camera == camera }.sorted { $0.name < $1.name }
    }
}
