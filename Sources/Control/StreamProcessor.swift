package import Base

/// The state machine of one stream processor. Pure: time is a parameter, and what is to be done outside comes back
/// as actions, in the order in which they are to be done.
///
///     STOPPED, FAILED ──start──▶ STARTING ──a frame was analysed──▶ RUNNING
///            ▲                      ▲  └────────camera trouble──────────┘│
///            └─stop, time is over───┴───────────given up: FAILED─────────┘
///
/// `STOPPING` and `UPDATING` are shown while a stop or an update is being saved (see `ProcessorRegistry`).
package struct StreamProcessor: Sendable, Equatable {
    /// From a start to its stop.
    package struct Run: Sendable, Equatable {
        package let sessionID: String
        /// `StopSelector.MaxDurationInSeconds`; nil = until stopped, across restarts.
        package let maxDuration: Duration?
        /// The StartStreamProcessor request as it came.
        package let echo: JSONValue

        package init(sessionID: String, maxDuration: Duration?, echo: JSONValue) {
            self.sessionID = sessionID
            self.maxDuration = maxDuration
            self.echo = echo
        }
    }

    package enum Action: Sendable, Equatable {
        /// Before anything is acknowledged.
        case save
        case begin(Run)
        /// `message` is for the session's summary, in words.
        case end(Run, reason: Event.EndReason, message: String)
    }

    package private(set) var description: ProcessorDescription
    /// Nil when it does not run.
    package private(set) var run: Run?
    /// The request to run again with after a restart; nil when it is not to. Survives a failure.
    private var restartEcho: JSONValue?

    package init(_ definition: ProcessorDefinition, _ settings: AnalysisSettings, at time: WallTime) {
        description = ProcessorDescription(
            definition: definition, settings: settings, status: .stopped, statusMessage: "", createdAt: time,
            updatedAt: time, isEnabled: false)
    }

    /// As it was kept; it does not run yet, whatever was kept. A session with an end of its own is not taken up again.
    /// - Parameter plan: as far as this model can carry it out.
    package init(_ archived: ArchivedProcessor, plan: ProcessorPlan) {
        description = archived.description
        description.settings.plan = plan
        description.status = .stopped
        description.statusMessage = ""
        description.isEnabled = archived.description.isEnabled && archived.startEcho != nil
        restartEcho = description.isEnabled ? archived.startEcho : JSONValue?.none
    }

    package var name: ProcessorName { description.definition.name }

    package var archived: ArchivedProcessor { ArchivedProcessor(description: description, startEcho: restartEcho) }

    /// What the analysis is to do; nil when this processor does not run.
    package var active: ActiveProcessor? {
        run.map {
            ActiveProcessor(
                name: name, camera: description.definition.camera, settings: description.settings,
                sessionID: $0.sessionID, dataSharingOptIn: description.definition.dataSharingOptIn,
                inputARN: description.definition.inputARN, output: description.definition.output)
        }
    }

    /// - Parameter trouble: what is known to be wrong with the camera; empty when nothing is.
    package mutating func start(_ run: Run, trouble: String, at time: WallTime) throws(ControlError) -> [Action] {
        guard self.run == nil else {
            throw .inUse("Stream processor \(name) is started already (\(description.status.rawValue))")
        }
        self.run = run
        restartEcho = run.maxDuration == nil ? run.echo : JSONValue?.none
        description.isEnabled = true
        enter(.starting, trouble, at: time)
        return [.save, .begin(run)]
    }

    /// A failed processor that is to run again after a restart can be stopped too: that is how one gives it up.
    /// - Parameter message: for the session's summary.
    package mutating func stop(
        at time: WallTime, message: String = "Stopped by StopStreamProcessor"
    ) throws(ControlError) -> [Action] {
        guard run != nil || description.isEnabled else {
            throw .inUse("Processor not available for stopping stream")
        }
        let ended = leave(.stopped, "", at: time)
        giveUp()
        return [.save] + ended.map { [.end($0, reason: .stopped, message: message)] }.orEmpty
    }

    /// The session's `MaxDurationInSeconds` is over. Nothing happens when another session runs by now.
    package mutating func timeIsOver(of sessionID: String, at time: WallTime) -> [Action] {
        guard let current = run, current.sessionID == sessionID else { return [] }
        _ = leave(.stopped, "", at: time)
        giveUp()
        return [
            .save,
            .end(current, reason: .sessionEnded, message: "The maximum duration of the session was reached"),
        ]
    }

    /// A frame was really analysed for this session. True when that changed the state.
    package mutating func analysed(for sessionID: String, at time: WallTime) -> Bool {
        guard run?.sessionID == sessionID, description.status == .starting else { return false }
        enter(.running, "", at: time)
        return true
    }

    /// The camera gives no frames for now: the processor waits for them in STARTING and says why.
    /// True when that changed something.
    package mutating func interrupted(by trouble: String, at time: WallTime) -> Bool {
        guard run != nil, description.status != .starting || description.statusMessage != trouble else { return false }
        enter(.starting, trouble, at: time)
        return true
    }

    /// Given up: its camera is lost for this run of the program. It stays wanted if it ran without an end: the next start
    /// of the program tries again.
    package mutating func fail(_ message: String, at time: WallTime) -> [Action] {
        guard run != nil || description.isEnabled else { return [] }
        let ended = leave(.failed, message, at: time)
        if restartEcho == nil { description.isEnabled = false }
        return ended.map { [.end($0, reason: .cameraLost, message: message)] }.orEmpty
    }

    /// Hot: the session goes on. An empty change is a success without effect. An ordinary change confirms a trial; a
    /// second trial replaces the first, and goes back to what was confirmed before both.
    package mutating func update(
        _ change: SettingsChange, _ vocabulary: LabelVocabulary, at time: WallTime
    ) throws(ControlError) -> [Action] {
        guard change != SettingsChange() else { return [] }
        switch change.trial {
        case .confirm: return try endTrial(change, at: time) { $0.trial = nil }
        case .revert: return try endTrial(change, at: time) { $0 = $0.revertingTrial(at: time) }
        case .lasting, nil: break
        }
        let (revision, overflow) = description.settings.revision.addingReportingOverflow(1)
        // A trial needs one more, to go back.
        guard !overflow, revision < Int.max else {
            throw .limitExceeded("No revision is left for stream processor \(name)")
        }
        var next = try description.settings.applying(change, vocabulary)
        // A switch that is where it should be already is no update.
        if next == description.settings, change == SettingsChange(switches: change.switches) { return [] }
        next.revision = revision
        description.trial = try trial(of: change, revision, at: time)
        description.settings = next
        if let optIn = change.dataSharingOptIn { description.definition.dataSharingOptIn = optIn }
        description.updatedAt = time
        return [.save]
    }

    /// The time of a trial is over and nobody has confirmed. Nothing happens when another one runs by now, or none.
    package mutating func trialIsOver(ofRevision revision: Int, at time: WallTime) -> [Action] {
        guard description.trial?.revision == revision else { return [] }
        description = description.revertingTrial(at: time)
        return [.save]
    }

    private func trial(
        of change: SettingsChange, _ revision: Int, at time: WallTime
    ) throws(ControlError) -> SettingsTrial? {
        guard case .lasting(let seconds) = change.trial else { return nil }
        guard change.changesSettings else {
            throw .invalidParameter("A trial must change labels, confidence or regions")
        }
        guard change.dataSharingOptIn == nil else {
            throw .invalidParameter("DataSharingPreferenceForUpdate cannot be tried out; update it by itself")
        }
        guard SettingsTrial.range.contains(seconds) else {
            throw .invalidParameter("A trial lasts 1 to 86400 seconds, not \(seconds)")
        }
        return SettingsTrial(
            base: description.trial?.base ?? description.settings, seconds: seconds,
            until: WallTime(milliseconds: time.milliseconds + Int64(seconds) * 1000), revision: revision)
    }

    private mutating func endTrial(
        _ change: SettingsChange, at time: WallTime, _ ending: (inout ProcessorDescription) -> Void
    ) throws(ControlError) -> [Action] {
        guard change == SettingsChange(trial: change.trial) else {
            throw .invalidParameter("To confirm or revert a trial comes alone, without other changes")
        }
        guard description.trial != nil else {
            throw .invalidParameter("No trial runs for stream processor \(name); its settings stay as they are")
        }
        ending(&description)
        description.updatedAt = time
        return [.save]
    }

    /// What a mode says of it comes into force, beside starting and stopping. What is on trial is taken back first. No action:
    /// it was so already.
    package mutating func enter(
        _ mode: ModeSettings, _ vocabulary: LabelVocabulary, at time: WallTime
    ) throws(ControlError) -> [Action] {
        let before = description
        description = before.revertingTrial(at: time)
        do throws(ControlError) {
            let change = try description.settings.change(for: mode, vocabulary)
            let actions = try update(change, vocabulary, at: time)
            return actions.isEmpty && description != before ? [.save] : actions
        } catch {
            description = before
            throw error
        }
    }

    /// Whether it is as a mode says. Settings on trial are not.
    func follows(_ mode: ModeSettings, _ vocabulary: LabelVocabulary) -> Bool {
        guard let change = try? description.settings.change(for: mode, vocabulary) else { return false }
        let isAsWanted = mode.isRunning.map { $0 == (run != nil || description.isEnabled) } ?? true
        return change == SettingsChange() && isAsWanted
    }

    /// What a mode would have to say for all to be as it is now, without what is only on trial.
    var asMode: ModeSettings {
        guard let home = (description.trial?.base ?? description.settings).connectedHome else {
            return ModeSettings(isRunning: description.isEnabled)
        }
        return ModeSettings(
            labelNames: home.labelNames, minConfidence: home.minConfidence, regions: home.regions,
            isRunning: description.isEnabled)
    }

    package mutating func setTags(_ tags: [String: String]) -> [Action] {
        guard tags != description.definition.tags else { return [] }
        description.definition.tags = tags
        return [.save]
    }

    private mutating func giveUp() {
        description.isEnabled = false
        restartEcho = nil
    }

    private mutating func enter(_ status: ProcessorStatus, _ message: String, at time: WallTime) {
        description.status = status
        description.statusMessage = message
        description.updatedAt = time
    }

    private mutating func leave(_ status: ProcessorStatus, _ message: String, at time: WallTime) -> Run? {
        enter(status, message, at: time)
        return run.take()
    }
}

extension SettingsChange {
    fileprivate var changesSettings: Bool {
        labelNames != nil || minConfidence != nil || deleteMinConfidence || regions != nil || deleteRegions
            || !switches.isEmpty
    }
}

extension AnalysisSettings {
    /// What of a mode is not in force already; empty when all is.
    fileprivate func change(
        for mode: ModeSettings, _ vocabulary: LabelVocabulary
    ) throws(ControlError) -> SettingsChange {
        guard !mode.isAboutRunningOnly else { return SettingsChange() }
        guard let home = connectedHome else {
            throw .invalidParameter("A mode can start and stop a face search, and change nothing of it")
        }
        var change = SettingsChange()
        if let names = mode.labelNames, try vocabulary.labels(for: names) != home.labels { change.labelNames = names }
        if let confidence = mode.minConfidence, confidence != home.minConfidence { change.minConfidence = confidence }
        if let regions = mode.regions {
            try regions.checkCount()
            if regions != home.regions { change.regions = regions }
        }
        return change
    }

    /// The settings after `change`, with the revision as it was; throws before anything is changed.
    fileprivate func applying(_ change: SettingsChange, _ vocabulary: LabelVocabulary) throws(ControlError) -> Self {
        guard change.changesSettings else { return self }
        guard case .connectedHome(let home) = plan else {
            throw .invalidParameter("Of a face search only DataSharingPreferenceForUpdate can be updated")
        }
        return AnalysisSettings(try home.applying(change, vocabulary), revision: revision)
    }
}

extension ConnectedHomePlan {
    fileprivate func applying(_ change: SettingsChange, _ vocabulary: LabelVocabulary) throws(ControlError) -> Self {
        var next = self
        if change.minConfidence != nil, change.deleteMinConfidence {
            throw .invalidParameter("MinConfidence cannot be set and deleted (ConnectedHomeMinConfidence) at once")
        }
        if change.regions != nil, change.deleteRegions {
            throw .invalidParameter("RegionsOfInterest cannot be set and deleted at once")
        }
        if let names = change.labelNames {
            next.labelNames = names
            next.labels = try vocabulary.labels(for: names)
        }
        try next.turn(change.switches, vocabulary, hasNames: change.labelNames != nil)
        if let regions = change.regions {
            try regions.checkCount()
            next.regions = regions
        }
        if let minConfidence = change.minConfidence { next.minConfidence = minConfidence }
        if change.deleteMinConfidence { next.minConfidence = Self.defaultMinConfidence }
        if change.deleteRegions { next.regions = [] }
        return next
    }
}

extension ConnectedHomePlan {
    /// Labels on and off, one by one; at least one stays on.
    fileprivate mutating func turn(
        _ switches: [Label: Bool], _ vocabulary: LabelVocabulary, hasNames: Bool
    ) throws(ControlError) {
        guard !switches.isEmpty else { return }
        guard !hasNames else { throw .invalidParameter("Labels cannot be set and switched (labelSwitch) at once") }
        var wanted = labels
        for (label, isOn) in switches {
            if isOn {
                wanted.formUnion(try vocabulary.labels(for: [label.rawValue]))
            } else {
                wanted.remove(label)
            }
        }
        guard !wanted.isEmpty else {
            throw .invalidParameter(
                "The last label of a stream processor cannot be switched off; stop the processor instead")
        }
        guard wanted != labels else { return }
        labels = wanted
        labelNames = wanted.map(\.rawValue).sorted()
    }
}

extension [Region] {
    /// AWS's limit: at most ten regions.
    func checkCount() throws(ControlError) {
        guard count <= 10 else { throw .invalidParameter("RegionsOfInterest takes at most 10 regions, has \(count)") }
    }
}

extension Optional where Wrapped: RangeReplaceableCollection {
    fileprivate var orEmpty: Wrapped { self ?? Wrapped() }
}
