import Base
import Control
import Logging
import Publish
import Runtime
import ServiceLifecycle
import UnixSignals

/// Runs all services until a signal comes or the clips end; then ends them in order. The only place that decides what a
/// failure of one of them means for the program.
struct Supervisor {
    let wiring: Wiring
    let logger: Logger

    /// - Throws: the error of a service that was `fatal`.
    func run() async throws {
        let notifier = ServiceNotifier.fromEnvironment()
        let systemd = SystemdService(
            notifier: notifier, statuses: wiring.statuses, watch: wiring.watch, logger: logger)
        var services = wiring.services + [Supervised("systemd", stopLimit: .milliseconds(100), systemd)]
        // A clip that was played to its end has all the time that its events need.
        if !wiring.endsWithClips {
            let end = ShutdownWatch(shutdown: wiring.shutdown, logger: logger)
            services.append(Supervised("end", stopLimit: .milliseconds(100), end))
        }
        var configuration = ServiceGroupConfiguration(
            services: services.map { supervised in
                .init(
                    service: guarded(supervised), successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = ShutdownLimits.process
        try await ServiceGroup(configuration: configuration).run()
    }

    private func guarded(_ supervised: Supervised) -> any Service {
        let service = Restarting(supervised, statuses: wiring.serviceStatuses, logger: logger)
        if wiring.endsWithClips { return service }
        return StopLimit(name: supervised.name, service: service, limit: supervised.stopLimit, logger: logger)
    }
}

/// The broker's link: started first, ended when everybody who has something to tell has ended.
struct BrokerService: Service {
    let publisher: Publisher
    let shutdown: ShutdownSequence

    func run() async throws {
        try publisher.start()
        try? await gracefulShutdown()
        await shutdown.run()
    }
}

/// What the control room decides goes to MQTT's retained topics, in order, and to the folder of samples.
struct ControlFlow: Service {
    let registry: ProcessorRegistry
    /// Those of the config: of others nobody is told.
    let cameras: Set<CameraName>
    let publisher: Publisher
    let samples: SampleFolder
    let why: WhyStore

    func run() async throws {
        await withTaskGroup { group in
            group.addTask { await registry.run() }
            group.addTask {
                for await change in await registry.changes() {
                    switch change {
                    case .changed(let description):
                        guard cameras.contains(description.definition.camera) else { continue }
                        publisher.processorChanged(description)
                        samples.follow(description)
                    case .removed(let name, _):
                        publisher.processorRemoved(name)
                        samples.forget(name)
                        why.forget(name)
                    case .modes(let state): publisher.modesChanged(state)
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
