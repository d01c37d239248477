package import Base
import Runtime

/// The operations of the API, each one turn long.
extension ProcessorRegistry {
    package func create(_ request: ProcessorRequest) async throws(ControlError) -> String {
        await turns.lock()
        defer { turns.unlock() }
        guard processors[request.name] == nil else { throw .inUse("Stream processor name already in use") }
        guard processors.count < limits.processors else {
            throw .limitExceeded("Stream processor limit exceeded for account, limit - \(limits.processors)")
        }
        let processor = StreamProcessor(
            try limits.definition(of: request), try limits.settings(of: request), at: environment.wallTime())
        try await commit(processor, [.save])
        return processor.description.definition.arn
    }

    package func update(_ name: ProcessorName, _ change: SettingsChange) async throws(ControlError) -> Int {
        await turns.lock()
        defer { turns.unlock() }
        var processor = try known(name)
        let actions = try processor.update(change, limits.vocabulary, at: environment.wallTime())
        if !actions.isEmpty { try await commit(processor, actions, showing: .updating) }
        return processor.description.settings.revision
    }

    package func start(_ name: ProcessorName, _ request: StartRequest) async throws(ControlError) -> String {
        await turns.lock()
        defer { turns.unlock() }
        var processor = try known(name)
        let (run, actions) = try begin(&processor, request)
        try await commit(processor, actions)
        return run.sessionID
    }

    /// Nothing is saved or settled.
    func begin(
        _ processor: inout StreamProcessor, _ request: StartRequest
    ) throws(ControlError) -> (StreamProcessor.Run, [StreamProcessor.Action]) {
        let camera = processor.description.definition.camera
        try limits.checkCamera(camera.text)
        if let trouble = limits.trouble(with: processor.description.settings.plan) {
            throw .invalidParameter(trouble)
        }
        if let search = processor.description.settings.faceSearch { try limits.check(request, of: search) }
        let run = StreamProcessor.Run(
            sessionID: environment.newID(),
            maxDuration: request.maxDurationInSeconds.map { .seconds($0) }, echo: request.echo)
        return (run, try processor.start(run, trouble: troubles[camera] ?? "", at: environment.wallTime()))
    }

    package func stop(_ name: ProcessorName) async throws(ControlError) {
        await turns.lock()
        defer { turns.unlock() }
        var processor = try known(name)
        let actions = try processor.stop(at: environment.wallTime())
        try await commit(processor, actions, showing: .stopping)
    }

    package func delete(_ name: ProcessorName) async throws(ControlError) {
        await turns.lock()
        defer { turns.unlock() }
        let processor = try known(name)
        guard processor.run == nil else { throw .inUse("Cannot delete stream processor") }
        do {
            try await archive.delete(name)
        } catch {
            throw .internalFailure("Stream processor \(name) could not be deleted: \(error)")
        }
        settleRemoval(of: processor)
    }

    package func describe(_ name: ProcessorName) async throws(ControlError) -> ProcessorDescription {
        shown(try known(name))
    }

    package func list() async -> [ProcessorDescription] { all() }

    package func tags(of arn: String) async throws(ControlError) -> [String: String] {
        try known(try name(in: arn)).description.definition.tags
    }

    package func tag(_ arn: String, with tags: [String: String]) async throws(ControlError) {
        try await changeTags(of: arn) { $0.merge(tags) { _, new in new } }
    }

    package func untag(_ arn: String, keys: [String]) async throws(ControlError) {
        try await changeTags(of: arn) { tags in keys.forEach { tags[$0] = nil } }
    }

    private func changeTags(
        of arn: String, _ change: (inout [String: String]) -> Void
    ) async throws(ControlError) {
        await turns.lock()
        defer { turns.unlock() }
        var processor = try known(try name(in: arn))
        var tags = processor.description.definition.tags
        change(&tags)
        try Limits.check(tags)
        let actions = processor.setTags(tags)
        if !actions.isEmpty { try await commit(processor, actions) }
    }

    private func name(in arn: String) throws(ControlError) -> ProcessorName {
        guard let name = ProcessorARN.name(in: arn) else {
            throw .notFound("No stream processor of this device has the ARN \(arn.prefix(200))")
        }
        return name
    }
}

extension ProcessorRegistry.Limits {
    func checkCamera(_ name: String) throws(ControlError) {
        guard !cameras.contains(where: { $0.text == name }) else { return }
        throw .invalidParameter(unknownCamera(name))
    }

    func unknownCamera(_ name: String) -> String {
        let known = cameras.isEmpty ? "none is configured" : "known: \(cameras.map(\.text).joined(separator: ", "))"
        return "Unknown camera '\(name.prefix(64))'; \(known)"
    }

    /// Why the analysis cannot carry it out, in words; nil when it can.
    func trouble(with plan: ProcessorPlan) -> String? {
        switch plan {
        case .connectedHome(let home): home.labels.isEmpty ? nothingToLookFor(home.labelNames) : nil
        // A collection that is gone may come back; until then nobody is found, and Describe says so.
        case .faceSearch: nil
        }
    }

    /// A face search is started by its name and runs until it is stopped.
    fileprivate func check(_ request: StartRequest, of search: FaceSearchPlan) throws(ControlError) {
        guard request.maxDurationInSeconds == nil, !request.hasStartSelector else {
            throw .invalidParameter("StartSelector and StopSelector belong to label detection, not to face search")
        }
        try checkCollection(search.collectionID)
    }

    private func checkCollection(_ id: CollectionID) throws(ControlError) {
        guard collections.hasCollection(id) else { throw .notFound("The collection id: \(id) does not exist") }
    }

    /// What keeps a processor that runs from its work, in words; nil when nothing does.
    func handicap(of settings: AnalysisSettings) -> String? {
        guard let id = settings.faceSearch?.collectionID, !collections.hasCollection(id) else { return nil }
        return "The collection id: \(id) does not exist any more: faces are found, and nobody is recognised"
    }

    private func nothingToLookFor(_ names: [String]) -> String {
        "The model \(vocabulary.modelName) can emit none of \(names.joined(separator: ", ")), only "
            + vocabulary.listed
    }

    static func check(_ newTags: [String: String]) throws(ControlError) {
        guard newTags.count <= tags else {
            throw .limitExceeded("A stream processor takes at most \(tags) tags, these are \(newTags.count)")
        }
    }

    private static func check(_ output: ProcessorOutput) throws(ControlError) {
        guard case .folder(let bucket, let keyPrefix) = output else { return }
        do { _ = try ResultsFolder.path(bucket: bucket, keyPrefix: keyPrefix) } catch {
            throw .invalidParameter("Output.S3Destination: \(error)")
        }
    }

    fileprivate func definition(of request: ProcessorRequest) throws(ControlError) -> ProcessorDefinition {
        guard let camera = cameras.first(where: { $0.text == request.cameraName }) else {
            throw .invalidParameter(unknownCamera(request.cameraName))
        }
        try Self.check(request.output)
        if let arn = request.notificationTopicARN, arn.notificationTopic == nil {
            throw .invalidParameter(
                "NotificationChannel.SNSTopicArn: the topic name becomes a part of an MQTT topic and takes 1 to 256 "
                    + "characters of a-z A-Z 0-9 _ - .")
        }
        try Self.check(request.tags)
        return ProcessorDefinition(
            name: request.name, arn: ProcessorARN.arn(of: request.name), camera: camera, inputARN: request.inputARN,
            output: request.output, roleARN: request.roleARN,
            notificationTopicARN: request.notificationTopicARN, kmsKeyID: request.kmsKeyID,
            dataSharingOptIn: request.dataSharingOptIn, tags: request.tags)
    }

    fileprivate func settings(of request: ProcessorRequest) throws(ControlError) -> AnalysisSettings {
        switch request.plan {
        case .connectedHome(let names, let minConfidence, let regions):
            try regions.checkCount()
            let home = ConnectedHomePlan(
                labelNames: names, labels: try vocabulary.labels(for: names),
                minConfidence: minConfidence ?? ConnectedHomePlan.defaultMinConfidence, regions: regions)
            return AnalysisSettings(home, revision: 1)
        case .faceSearch(let search):
            try checkCollection(search.collectionID)
            return AnalysisSettings(plan: .faceSearch(search), revision: 1)
        }
    }
}
