import Base
import Control
import Logging
import Publish
import ServiceLifecycle
import UnixSignals

/// Runs all services until a signal comes or the clips end; then ends them in order.
struct Supervisor {
    let wiring: Wiring
    let logger: Logger

    /// - Throws: what ended a service that was not asked to end.
    func run() async throws {
        let notifier = ServiceNotifier.fromEnvironment()
        var services = wiring.services + [SystemdService(notifier: notifier, statuses: wiring.statuses, logger: logger)]
        // A clip that was played to its end has all the time that its events need.
        if !wiring.endsWithClips { services.append(EndWatch(farewell: wiring.farewell, logger: logger)) }
        var configuration = ServiceGroupConfiguration(
            services: services.map { service in
                .init(
                    service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = EndLimits.process
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// The broker's link: started first, ended when everybody who has something to tell has ended.
struct BrokerService: Service {
    let publisher: Publisher
    let farewell: Farewell

    func run() async throws {
        try publisher.start()
        try? await gracefulShutdown()
        await farewell.say()
    }
}

/// What the control room decides goes to MQTT's retained topics, in order, and to the folder of samples.
struct ControlFlow: Service {
    let registry: ProcessorRegistry
    let publisher: Publisher
    let samples: SampleFolder

    func run() async throws {
        await withTaskGroup { group in
            group.addTask { await registry.run() }
            group.addTask {
                for await change in await registry.changes() {
                    switch change {
                    case .changed(let description):
                        publisher.processorChanged(description)
                        samples.follow(description)
                    case .removed(let name, _):
                        publisher.processorRemoved(name)
                        samples.forget(name)
                    }
                }
            }
            try? await gracefulShutdown()
            await registry.shutDown()
        }
    }
}

/// Told by the cameras' threads to whoever waits that one of them changed. At most one note waits.
final class CameraChanges: Sendable {
    let notes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init() { (notes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func note() { wake.yield() }
}

/// Systemd hears that the start is done, how it goes, and every few seconds that the program lives.
struct SystemdService: Service {
    let notifier: ServiceNotifier?
    let statuses: CameraStatusStore
    let logger: Logger

    func run() async throws {
        tell { notifier throws(SystemError) in try notifier.ready(status: status) }
        let pause = notifier?.watchdogInterval ?? .seconds(10)
        // Cancelled when the group shuts down.
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: pause)
                tell { notifier throws(SystemError) in
                    try notifier.alive()
                    try notifier.status(status)
                }
            }
        }
        tell { notifier throws(SystemError) in try notifier.stopping(status: "ending") }
    }

    private var status: String {
        let reports = statuses.reports
        let online = reports.count { $0.report.phase == .online }
        return "\(online) of \(reports.count) cameras online"
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
