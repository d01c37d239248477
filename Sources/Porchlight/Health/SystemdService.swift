import Logging
import Runtime
import ServiceLifecycle

/// Systemd hears that the start is done, how it goes, and every few seconds that the program lives: that is, that pictures
/// are looked at and what was seen is told. A single camera that hangs is no reason to end all of them.
struct SystemdService: Service {
    let notifier: ServiceNotifier?
    let statuses: CameraStatusStore
    let watch: LivenessWatch
    let logger: Logger

    func run() async throws {
        tell { notifier throws(SystemError) in try notifier.ready(status: status) }
        let pause = notifier?.watchdogInterval ?? .seconds(10)
        // Cancelled when the group shuts down.
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: pause)
                watch.look()
                let mayLive = watch.isMoving
                tell { notifier throws(SystemError) in
                    if mayLive { try notifier.alive() }
                    try notifier.status(status)
                }
            }
        }
        tell { notifier throws(SystemError) in try notifier.stopping(status: "ending") }
    }

    private var status: String {
        let reports = statuses.reports
        let online = reports.count { $0.report.phase == .online }
        let hang = watch.hangs.first.map { "; \($0.part): \($0.words)" } ?? ""
        return "\(online) of \(reports.count) cameras online\(hang)"
    }

    private func tell(_ message: (ServiceNotifier) throws(SystemError) -> Void) {
        guard let notifier else { return }
        do throws(SystemError) {
            try message(notifier)
        } catch {
            logger.warning("systemd cannot be told", metadata: ["error": "\(error)"])
        }
    }
}
