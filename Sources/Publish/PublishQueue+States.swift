package import Base
import Settings

/// What the daemon tells, as retained topics. States cannot lie: whatever makes a label impossible turns it `OFF`.
extension PublishQueue {
    /// `status` online, and leftovers of earlier set-ups cleared. Cameras and processors have been told before.
    package mutating func begin() {
        retained.set(topics.status, Payloads.online, rank: .status)
        retained.set(topics.mode, Payloads.modes(modes).jsonBytes)
        refreshDiscovery()
        // Pictures of the last visit stay on the broker over a restart, unless nobody is to see any.
        let owners = pictures.isPrivate ? [] : Array(processors.keys)
        let images = Set(owners.flatMap { name in Label.allCases.map { topics.image(name, $0) } })
        retained.clearLeftovers { images.contains($0) || ($0 == topics.discovery && isDiscoveryOn) }
    }

    package mutating func cameraChanged(_ camera: CameraName, _ state: CameraState, at now: MonotonicTime = .now()) {
        let isNew = cameras.updateValue(state.sees, forKey: camera) == nil
        retained.set(topics.cameraStatus(camera), state.isOnline ? Payloads.online : Payloads.offline)
        retained.set(topics.cameraView(camera), Array((state.sees ? "clear" : "none").utf8))
        retained.set(topics.cameraHealth(camera), state.health.jsonBytes)
        retained.set(topics.cameraProblem(camera), Payloads.onOff(!state.troubles.isEmpty))
        retained.set(topics.cameraProblemAttributes(camera), Payloads.problem(state.troubles).jsonBytes)
        let attributes = cameraAttributes[camera, default: CameraAttributes()].changed(by: state.health, at: now)
        if let attributes { retained.set(topics.cameraAttributes(camera), attributes.jsonBytes) }
        for processor in Array(processors.values) where processor.definition.camera == camera {
            show(processor.definition.name)
        }
        if isNew { refreshDiscovery() }
    }

    package mutating func processorChanged(_ processor: ProcessorDescription, at now: MonotonicTime = .now()) {
        let name = processor.definition.name
        let before = processors.updateValue(processor, forKey: name)
        news.processorChanged(name, isLooking: [.running, .updating].contains(processor.status), at: now)
        retained.set(topics.processorStatus(name), Array(processor.status.rawValue.utf8))
        retained.set(topics.settings(name), Payloads.settings(processor.settings, trial: processor.trial).jsonBytes)
        retained.set(topics.enabled(name), Payloads.onOff(processor.isEnabled))
        for label in labels where processor.settings.faceSearch == nil {
            retained.set(
                topics.labelEnabled(name, label), Payloads.onOff(processor.settings.visitLabels.contains(label)))
        }
        // Its visits end with its session; the next one begins anew.
        if Self.isIdle(processor) { forgetOpen(name) }
        show(name)
        // The message has hundreds of components, and a status changes often.
        if before.map(HomeAssistantDiscovery.Processor.init) != HomeAssistantDiscovery.Processor(processor) {
            refreshDiscovery()
        }
    }

    package mutating func modesChanged(_ state: ModeState) {
        let isNewList = modes.names != state.names
        modes = state
        retained.set(topics.mode, Payloads.modes(state).jsonBytes)
        if isNewList { refreshDiscovery() }
    }

    package mutating func processorRemoved(_ name: ProcessorName) {
        guard processors.removeValue(forKey: name) != nil else { return }
        forgetOpen(name)
        news.processorChanged(name, isLooking: false, at: .now())
        retained.clear(below: topics.processor(name) + "/")
        refreshDiscovery()
    }

    /// The label's state as it is after `event`.
    package mutating func noteState(of event: Event) {
        // An event that was on its way when its processor was stopped must not bring the label back.
        guard !isClosing, let processor = processors[event.processor], !Self.isIdle(processor) else { return }
        guard processor.settings.faceSearch == nil else {
            faces.note(event)
            return show(event.processor)
        }
        open[topics.attributes(event.processor, event.label)] = event.openCount > 0 ? event : nil
        show(event.processor, event.label)
    }

    private static func isIdle(_ processor: ProcessorDescription) -> Bool {
        processor.status == .stopped || processor.status == .failed
    }

    /// Whether a visit may be shown now. It may be again later, while it is still open: a label that was switched off
    /// and on between two looks ends no visit.
    private func isShown(_ event: Event) -> Bool {
        processors[event.processor]?.settings.visitLabels.contains(event.label) == true
            && cameras[event.camera] != false
    }

    private mutating func forgetOpen(_ name: ProcessorName) {
        for label in Label.allCases { open[topics.attributes(name, label)] = nil }
        faces.forget(name)
    }

    private mutating func show(_ name: ProcessorName) {
        // A face search has no labels that somebody could wait for.
        guard processors[name]?.settings.faceSearch == nil else { return showFace(name) }
        for label in Label.allCases { show(name, label) }
    }

    /// Who is there, as far as anybody can say: nobody while the camera is away.
    private mutating func showFace(_ name: ProcessorName) {
        let event = faces.latest(of: name).flatMap { cameras[$0.camera] == false ? nil : $0 }
        let people = event == nil ? 0 : faces.count(of: name)
        retained.set(topics.face(name), Payloads.face(event))
        retained.set(
            topics.faceAttributes(name), Payloads.faceAttributes(event, people: people, bootID: bootID).jsonBytes)
    }

    /// State and attributes as they are.
    private mutating func show(_ name: ProcessorName, _ label: Label) {
        let topic = topics.attributes(name, label)
        let event = open[topic].flatMap { isShown($0) ? $0 : nil }
        retained.set(topics.state(name, label), Payloads.onOff(event != nil))
        retained.set(topic, Payloads.attributes(event, bootID: bootID).jsonBytes)
    }

    /// `since` is wall time: when the clock has been set meanwhile, it was wrong.
    mutating func tellSinceAgain() {
        for event in Array(open.values) { show(event.processor, event.label) }
        for (name, processor) in Array(processors) where processor.settings.faceSearch != nil { showFace(name) }
    }

    /// At most one per second and label goes out, the newest.
    package mutating func publishImage(_ name: ProcessorName, _ label: Label, _ jpeg: [UInt8], at now: MonotonicTime) {
        guard !pictures.isPrivate else { return }
        guard processors[name] != nil, !jpeg.isEmpty, jpeg.count <= pictures.maxBytes else {
            counters.imagesDropped += 1
            return
        }
        let topic = topics.image(name, label)
        let due = max(now, lastImage[topic].map { $0 + Self.imageInterval } ?? now)
        lastImage[topic] = due
        guard retained.payload(of: topic) != jpeg else { return }
        pictureMark.changed(topic)
        if !retained.set(topic, jpeg, rank: .picture, earliest: due) { counters.imagesDropped += 1 }
    }

    private mutating func forgetPicture(_ topic: String) {
        pictureMark.changed(topic)
        retained.clear(topic)
    }

    /// The broker has taken a picture, or refused it.
    mutating func notePicture(_ entry: RetainedTopicCache.Entry, isTaken: Bool) {
        guard retained.isPicture(entry) else { return }
        guard isTaken else { return pictureMark.changed(entry.topic) }
        pictureMark.acknowledged(entry.topic)
        retained.set(topics.pictureMark, pictureMark.payload)
    }

    /// What the broker says that it holds.
    package mutating func heard(pictureMark mark: [UInt8]) {
        for topic in pictureMark.read(mark) { retained.spare(topic) }
    }

    /// Nobody is to find the pictures of these processors' last visits on the broker any more.
    package mutating func erasePictures(of names: Set<ProcessorName>) {
        for name in names.sorted() {
            for label in Label.allCases { forgetPicture(topics.image(name, label)) }
        }
    }

    package mutating func publishHealth(_ health: JSONValue, link: LinkStatus) {
        var members = health.object ?? [:]
        members["mqtt"] = [
            "connections": .integer(Int64(link.connections)),
            "problem": link.lastError.map(JSONValue.string) ?? .null,
            "limits": .array(link.limits.map(JSONValue.string)),
            "refused": .object(link.refusals.mapValues(JSONValue.string)),
            "eventsSent": .integer(Int64(counters.eventsSent)),
            "notificationsSent": .integer(Int64(counters.notificationsSent)),
            "noticesDropped": .integer(Int64(notices.losses.answers)),
            "imagesDropped": .integer(Int64(counters.imagesDropped)),
            "refusedByBroker": .integer(Int64(counters.refusedByBroker)),
            "topicsRefused": .integer(Int64(retained.refused)),
            "commandsDropped": .integer(Int64(counters.commandsDropped)),
            "retainedCommandsIgnored": .integer(Int64(counters.retainedCommandsIgnored)),
        ]
        retained.set(topics.health, JSONValue.object(members).jsonBytes)
    }

    mutating func showEverythingOff() {
        open = [:]
        faces.forgetAll()
        for name in Array(processors.keys) {
            show(name)
            if processors[name]?.status != .failed {
                retained.set(topics.processorStatus(name), Array(ProcessorStatus.stopped.rawValue.utf8))
            }
        }
        for camera in cameras.keys { retained.set(topics.cameraStatus(camera), Payloads.offline) }
        retained.set(topics.status, Payloads.offline, rank: .status)
    }

    // MARK: - Home Assistant

    private mutating func refreshDiscovery() {
        guard isDiscoveryOn else { return }
        let discovery = HomeAssistantDiscovery(
            topics: topics, cameras: cameras.keys.sorted(),
            processors: processors.values.sorted { $0.definition.name < $1.definition.name }, labels: labels,
            modes: modes.names, version: version, hasPictures: !pictures.isPrivate, page: page)
        let platforms = discovery.platforms
        let removed = componentsOnBroker.filter { platforms[$0.key] == nil }
        let prelude = removed.isEmpty ? nil : discovery.payload(removing: removed, known: toldComponents).jsonBytes
        let known = componentsOnBroker.merging(platforms) { _, new in new }
        // Only a connection shrinks it; beyond this a component of a processor that came and went meanwhile may stay.
        if known != componentsOnBroker, known.count <= RetainedTopicCache.maxTopics {
            componentsOnBroker = known
            areComponentsDirty = true
        }
        retained.set(topics.discovery, discovery.payload().jsonBytes, rank: .discovery, prelude: prelude)
    }

    /// Home Assistant has been told; components that it was told to forget need no second telling.
    mutating func discoveryArrived(_ entry: RetainedTopicCache.Entry) {
        guard retained.payload(of: topics.discovery) == entry.payload,
            case .object(let components)? = JSONValue(parsing: entry.payload)?["cmps"]
        else { return }
        let platforms = components.compactMapValues { $0["p"]?.string }
        toldComponents = platforms
        if platforms != componentsOnBroker {
            componentsOnBroker = platforms
            areComponentsDirty = true
        }
    }
}
