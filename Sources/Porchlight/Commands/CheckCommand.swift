import ArgumentParser
import Base
import Capture
import Glibc
import Logging
import Publish
import Settings

/// Reads the config and the world and tells every problem.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the config file, cameras, model, storage and broker; tell every problem.")

    @OptionGroup var config: ConfigOption

    func run() async throws {
        try await reportingFailures {
            let settings = try loadSettings(configPath: config.config)
            let findings = await Preflight(settings).findings()
            if let model = findings.model { print("model: \(model)") }
            for note in findings.notes { print(note) }
            guard findings.problems.isEmpty else {
                let lines = findings.problems.map { "  \($0)" }.joined(separator: "\n")
                throw CommandFailure(.badConfig, "\(config.config) does not fit the world:\n\(lines)")
            }
            print("\(config.config): all is well")
        }
    }
}

/// Looks at everything that the settings name, as `run` would.
struct Preflight {
    struct Findings {
        /// `path: what is wrong and what to do`, in the order of the file.
        var problems: [String]
        /// The model in words, when it can be used.
        var model: String?
        /// What is worth knowing and no problem.
        var notes: [String]
    }

    private let settings: Settings
    /// The daemon's cameras, when it runs with other settings than these.
    private let replaced: [CameraSettings]?

    /// - Parameter replaced: the cameras of the settings that these are to replace, with which a daemon may run; nil when a
    ///   daemon runs with these. What is wrong with the box under other settings is then no problem of these.
    init(_ settings: Settings, replacing replaced: [CameraSettings]? = nil) {
        self.settings = settings
        self.replaced = replaced
    }

    func findings() async -> Findings {
        let daemon = await RunningDaemon.asked(settings)
        let (model, modelProblems) = self.model()
        let broker = await BrokerProbe.answer(
            settings.mqtt, deviceID: settings.deviceID, within: .seconds(8), logger: Logger.silent)
        var memory = CameraMemory()
        var problems = settings.cameras.flatMap { cameraProblems($0, daemon, &memory) }
        if let problem = memory.problem { problems.append("cameras: \(problem)") }
        problems += modelProblems
        problems += storageProblem()
        if let problem = broker.problem { problems.append("mqtt: \(problem)") }
        if replaced == nil { problems += daemon?.problems ?? [] }
        return Findings(problems: problems, model: model, notes: [daemon?.note, broker.note].compactMap { $0 })
    }

    /// A camera that the daemon uses is not opened: it could only be taken away from it.
    private func cameraProblems(
        _ camera: CameraSettings, _ daemon: RunningDaemon?, _ memory: inout CameraMemory
    ) -> [String] {
        let path = "cameras.\(camera.name).source"
        if replaced?.contains(camera) ?? true, let word = daemon?.word(of: camera.name) {
            if !word.hasProcessor {
                return ["cameras.\(camera.name): \(CameraStatusStore.Report.noProcessor)"]
            }
            if word.isOnline { return word.troubles.map { "\(path): \($0)" } }
            if camera.source.pace == nil { return ["\(path): the porchlight that runs says: \(word.reason)"] }
        }
        do {
            let context = SourceContext(cameras: settings.cameras)
            let source = FrameSourceTable.source(of: camera, context)
            let trouble = try source.check()
            memory.add(source.pictureMemory, of: camera.name)
            return trouble.map { ["\(path): \($0)"] } ?? []
        } catch {
            if case .busy(let device)? = error as? CaptureError, let process = RunningDaemon.otherProcess {
                return busyProblems(device, process, daemon).map { "\(path): \($0)" }
            }
            return ["\(path): \(error)"]
        }
    }

    /// The daemon has the device. It may know it under another path or another camera's name: a fresh install watches `/dev/video0`
    /// from the first second.
    private func busyProblems(_ device: String, _ process: Int32, _ daemon: RunningDaemon?) -> [String] {
        let user = DeviceNames.device(at: device).flatMap { number in replaced?.first { $0.isDevice(number) } }
        if let word = user.flatMap({ daemon?.word(of: $0.name) }) {
            return word.isOnline ? word.troubles : ["\(device): the porchlight that runs says: \(word.reason)"]
        }
        let remedy =
            replaced == nil ? "sudo -u porchlight porchlight check" : "sudo systemctl stop porchlight, and try again"
        return [
            "\(device) is used by the porchlight that runs (process \(process)), which does not tell this user how it is: "
                + remedy
        ]
    }

    private func model() -> (words: String?, problems: [String]) {
        do {
            let location = try ModelLocation(resolving: settings.model.path)
            return (try Network(location, threads: settings.model.threads, size: settings.model.size).description, [])
        } catch {
            return (nil, ["model.path: \((error as? CommandFailure)?.message ?? "\(error)")"])
        }
    }

    private func storageProblem() -> [String] {
        let directory = settings.storage.directory
        // The daemon makes it; then the folder above has to be writable.
        let parent = directory.split(separator: "/").dropLast().joined(separator: "/")
        let place = unsafe access(directory, F_OK) == 0 ? directory : "/" + parent
        guard unsafe access(place, W_OK) != 0 else { return [] }
        return ["storage.directory: \(place) cannot be written by this user: run as the service's user, or change it"]
    }
}

extension Logger {
    /// For commands that tell everything themselves.
    static var silent: Logger { Logger(label: "porchlight") { _ in SwiftLogNoOpLogHandler() } }
}
