import ArgumentParser
import Base
import Capture
import Decode
import Glibc
import Logging
import Publish

/// Reads the config and the world and tells every problem.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the config file, cameras, model, storage and broker; tell every problem.")

    @OptionGroup var config: ConfigOption

    func run() async throws {
        try await reportingFailures {
            let settings = try loadSettings(configPath: config.config)
            let problems = await Preflight(settings).problems()
            guard problems.isEmpty else {
                let lines = problems.map { "  \($0)" }.joined(separator: "\n")
                throw CommandFailure(.badConfig, "\(config.config) does not fit the world:\n\(lines)")
            }
            print("\(config.config): all is well")
        }
    }
}

/// Looks at everything that the settings name, as `run` would.
struct Preflight {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// `path: what is wrong and what to do`, in the order of the file.
    func problems() async -> [String] {
        settings.cameras.compactMap(cameraProblem) + modelProblem() + storageProblem() + (await brokerProblem())
    }

    private func cameraProblem(_ camera: CameraSettings) -> String? {
        do {
            switch camera.source {
            case .v4l2(let path):
                let device = Camera(settings: camera, device: V4L2Device(path: path))
                defer { device.close() }
                _ = try device.open()
            case .replay(let path, _, _):
                guard case .frame = try MediaReader.opening(path, pool: FramePool(capacity: 1)).next() else {
                    return "cameras.\(camera.name).source: \(path) holds no picture"
                }
            }
            return nil
        } catch {
            return "cameras.\(camera.name).source: \(error)"
        }
    }

    private func modelProblem() -> [String] {
        do {
            _ = try Network(ModelLocation(resolving: settings.model.path), threads: settings.model.threads)
            return []
        } catch {
            return ["model.path: \((error as? CommandFailure)?.message ?? "\(error)")"]
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

    private func brokerProblem() async -> [String] {
        guard let problem = await BrokerProbe.problem(settings.mqtt, within: .seconds(5), logger: Logger.silent) else {
            return []
        }
        return ["mqtt: \(problem)"]
    }
}

extension Logger {
    /// For commands that tell everything themselves.
    static var silent: Logger { Logger(label: "porchlight") { _ in SwiftLogNoOpLogHandler() } }
}
