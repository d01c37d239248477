package import Base
import Runtime

/// The modes of the box. A switch is one turn long, like every other change of processors.
extension ProcessorRegistry: ModeControl {
    package func modes() async -> ModeList {
        let modes = modeBook.modes.values.sorted { $0.name < $1.name }
        return ModeList(state: modeState, modes: modes.map { ($0, steps(into: $0).refusals) })
    }

    package func keep(_ mode: Mode) async throws(ControlError) {
        await turns.lock()
        defer { turns.unlock() }
        guard !mode.processors.isEmpty else {
            throw .invalidParameter("Mode \(mode.name) names no processor; it needs at least one")
        }
        var refusals: [String] = []
        for (name, settings) in mode.sorted {
            do throws(ControlError) {
                var processor = try known(name)
                _ = try processor.enter(settings, limits.vocabulary, at: environment.wallTime())
            } catch {
                refusals.append("\(name): \(error.words)")
            }
        }
        guard refusals.isEmpty else { throw .refused(mode.name, refusals) }
        try await write(mode)
    }

    package func keepCurrent(as name: ModeName) async throws(ControlError) {
        await turns.lock()
        defer { turns.unlock() }
        guard !processors.isEmpty else { throw .invalidParameter("There is no stream processor to make a mode of") }
        try await write(Mode(name: name, processors: processors.mapValues(\.asMode)))
    }

    package func deleteMode(_ name: ModeName) async throws(ControlError) {
        await turns.lock()
        defer { turns.unlock() }
        _ = try mode(name)
        do { try await modeArchive.delete(name) } catch {
            throw .internalFailure("Mode \(name) could not be deleted: \(error)")
        }
        modeBook.modes[name] = nil
        if modeBook.current == name { modeBook.current = nil }
        settle([])
    }

    package func enter(_ name: ModeName?) async throws(ControlError) -> ModeState {
        await turns.lock()
        defer { turns.unlock() }
        var wanted: [Step] = []
        if let name {
            let (steps, refusals) = steps(into: try mode(name))
            guard refusals.isEmpty else { throw .refused(name, refusals) }
            wanted = steps.filter { !$0.actions.isEmpty }
        }
        guard !wanted.isEmpty || name != modeBook.current else { return modeState }
        do { try await modeArchive.enter(name, wanted.map(\.next.archived)) } catch {
            throw .internalFailure("The switch to mode \(name?.text ?? ModeName.none) could not be saved: \(error)")
        }
        for step in wanted { unsaved.remove(step.next.name) }
        modeBook.current = name
        settle(wanted)
        return modeState
    }

    // MARK: What is on

    /// As followers are told.
    var modeState: ModeState {
        let wanted = modeBook.current.flatMap { modeBook.modes[$0] }?.sorted ?? []
        let changed = wanted.filter { name, settings in
            processors[name].map { !$0.follows(settings, limits.vocabulary) } ?? true
        }
        return ModeState(current: modeBook.current, changed: changed.map(\.0), names: modeBook.modes.keys.sorted())
    }

    /// Nothing when nothing has changed.
    func announceModes() {
        let state = modeState
        guard state != modeBook.told else { return }
        modeBook.told = state
        announce(.modes(state))
    }

    /// At the start, before the processors.
    func takeUpModes() async throws(ControlError) {
        do {
            let (modes, current) = try await modeArchive.loadModes()
            for mode in modes { modeBook.modes[mode.name] = mode }
            modeBook.current = current
        } catch {
            throw .internalFailure("The modes could not be read: \(error)")
        }
    }

    /// In its turn.
    func saveOwedModes() async {
        guard modeBook.isUnsaved else { return }
        for mode in modeBook.modes.values {
            guard (try? await modeArchive.save(mode)) != nil else { return }
        }
        guard (try? await modeArchive.enter(modeBook.current, [])) != nil else { return }
        modeBook.isUnsaved = false
    }

    // MARK: Steps of a switch

    private func mode(_ name: ModeName) throws(ControlError) -> Mode {
        guard let mode = modeBook.modes[name] else { throw .notFound("Mode \(name) does not exist") }
        return mode
    }

    /// - Returns: what each processor would have to do, and why some cannot, in words.
    private func steps(into mode: Mode) -> (steps: [Step], refusals: [String]) {
        var (steps, refusals): ([Step], [String]) = ([], [])
        for (name, settings) in mode.sorted {
            do throws(ControlError) {
                steps.append(try step(of: try known(name), into: settings))
            } catch {
                refusals.append("\(name): \(error.words)")
            }
        }
        return (steps, refusals)
    }

    private func step(of processor: StreamProcessor, into settings: ModeSettings) throws(ControlError) -> Step {
        var next = processor
        let time = environment.wallTime()
        var actions = try next.enter(settings, limits.vocabulary, at: time)
        switch settings.isRunning {
        case true? where next.run == nil:
            let request = StartRequest(maxDurationInSeconds: nil, echo: ["Name": .string(next.name.text)])
            actions += try begin(&next, request).1
        case false? where next.run != nil || next.description.isEnabled:
            actions += try next.stop(at: time, message: "Stopped by a mode")
        default: break
        }
        return Step(next, actions)
    }

    /// In its turn.
    private func write(_ mode: Mode) async throws(ControlError) {
        guard modeBook.modes[mode.name] != nil || modeBook.modes.count < ModeBook.most else {
            throw .limitExceeded("There are \(ModeBook.most) modes already; delete one first")
        }
        do { try await modeArchive.save(mode) } catch {
            throw .internalFailure("Mode \(mode.name) could not be saved: \(error)")
        }
        modeBook.modes[mode.name] = mode
        announceModes()
    }
}

/// The modes that there are, and which one is on.
struct ModeBook: Sendable {
    static let most = 16

    var modes: [ModeName: Mode] = [:]
    var current: ModeName?
    /// What followers have heard last.
    var told: ModeState?
    /// The archive was begun anew.
    var isUnsaved = false
}

extension Mode {
    /// By name of the processor.
    fileprivate var sorted: [(ProcessorName, ModeSettings)] { processors.sorted { $0.key < $1.key } }
}

extension ControlError {
    fileprivate static func refused(_ mode: ModeName, _ refusals: [String]) -> ControlError {
        .invalidParameter(
            "Mode \(mode) cannot be as things are, and nothing was changed. \(refusals.joined(separator: "; "))")
    }

    /// Without the kind.
    fileprivate var words: String {
        switch self {
        case .invalidParameter(let text), .notFound(let text), .inUse(let text), .limitExceeded(let text),
            .internalFailure(let text):
            text
        }
    }
}
