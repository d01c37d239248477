import ArgumentParser
import Base
import Glibc
import Logging
import Notify
import Publish
import Runtime
import Settings
import Synchronization

/// Tries everything that a notice needs, and says what is wrong.
struct NotifyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Try the config, the broker and every target; with --send, a test notice arrives at each.")

    @OptionGroup var config: NotifyConfigOption
    @Flag(help: "Send a test notice to every target.")
    var send = false

    private static let brokerLimit = Duration.seconds(12)

    func run() async throws {
        try await reportingFailures {
            let settings = try loadNotifySettings(configPath: config.config)
            print("config: \(config.config) is right")
            var problems = 0
            func tell(_ what: String, _ problem: String?, _ well: String) {
                print("\(what): \(problem ?? well)")
                if problem != nil { problems += 1 }
                fflush(nil)
            }
            tell("storage", storageProblem(settings.directory), "\(settings.directory) can be written")
            let broker = "\(settings.mqtt.host):\(settings.mqtt.port)"
            let answer = await BrokerProbe.answer(
                settings.mqtt, deviceID: settings.deviceID, topic: "notify/check", within: Self.brokerLimit,
                logger: .silent)
            tell("broker", answer.problem, "\(broker) answers")
            if answer.problem == nil {
                let status = await boxStatus(settings)
                let missing =
                    "nothing of \"\(settings.deviceID)\" is on this broker; is deviceId the box's, and does it run?"
                tell("box", status == nil ? missing : nil, "\(settings.deviceID) is \(status ?? "")")
            }
            for target in settings.targets {
                let well = send ? "took the test notice" : "\(target.target.server) answers"
                tell("target \(target.name)", await problem(of: target, settings), well)
            }
            guard problems == 0 else {
                throw CommandFailure(.unavailable, problems == 1 ? "1 problem" : "\(problems) problems")
            }
        }
    }

    private func storageProblem(_ folder: String) -> String? {
        unsafe access(folder, W_OK | X_OK) == 0
            ? nil : "\(folder) is not there or cannot be written by this user; run this as the user porchlight-notify"
    }

    /// What the box says it is; nil when it says nothing.
    private func boxStatus(_ settings: NotifySettings) async -> String? {
        guard let watcher = try? EventWatcher(settings: settings.mqtt, deviceID: settings.deviceID, logger: .silent),
            (try? watcher.start()) != nil
        else { return nil }
        defer { watcher.stop() }
        return await Deadline.value(within: .seconds(3)) { () -> String? in
            for await sighting in watcher.sightings {
                if case .state("status", let payload) = sighting {
                    return String(decoding: payload.prefix(32), as: UTF8.self)
                }
            }
            return nil
        } ?? nil
    }

    /// On a thread of its own: libcurl blocks.
    private func problem(of target: TargetSettings, _ settings: NotifySettings) async -> String? {
        let box = Box()
        let isSending = send
        let notice = Notice(number: 0, subject: .test, time: .now(), picture: .none, waiting: [])
        let isOver = await Deadline.onThread("check", within: target.timeout + .seconds(5)) {
            guard isSending else { return box.set(target.problem()) }
            let message = NoticeMessage(notice, deviceID: settings.deviceID, at: .now())
            switch target.tell(message, nil) {
            case .taken: box.set(nil)
            case .later(let reason, _), .refused(let reason): box.set(reason)
            }
        }
        guard isOver, let problem = box.value else { return "no answer" }
        return problem
    }
}

/// A result that another thread brings.
private final class Box: Sendable {
    private let found = Mutex<String??>(nil)

    func set(_ problem: String?) { found.withLock { $0 = .some(problem) } }

    var value: String?? { found.withLock { $0 } }
}
