package import Logging
package import Runtime
import ServiceLifecycle

/// Runs one service and does what its errors ask for, of all services alike: `retry` runs it again with growing pauses,
/// `giveUp` leaves it off until the next start, and the others go on; `fatal` ends the program. What is wrong stands in the
/// status store, and by that in health, and in the log once per change.
package struct Restarting: Service {
    private let supervised: Supervised
    private let statuses: ServiceStatusStore
    private let pauses: Backoff
    private let settled: Duration
    private let logger: Logger

    /// - Parameter settled: a service that comes up at once and fails sooner than that has not come up.
    package init(
        _ supervised: Supervised, statuses: ServiceStatusStore,
        pauses: Backoff = Backoff(first: .milliseconds(1340), most: .seconds(30)), settled: Duration = .seconds(5),
        logger: Logger
    ) {
        self.supervised = supervised
        self.statuses = statuses
        self.pauses = pauses
        self.settled = settled
        self.logger = logger
        statuses.set(.starting, of: supervised.name)
    }

    /// Returns when the task is cancelled, the service group shuts down, or the service's work is done.
    /// - Throws: an error that is `fatal`: then the program is to end.
    package func run() async throws {
        var pauses = pauses
        if supervised.start == .atOnce { statuses.set(.running, of: supervised.name) }
        while !isEnding {
            guard let failure = await failure(), !isEnding else { return }
            // It had come up before it failed.
            if statuses.status(of: supervised.name) == .running { pauses.reset() }
            switch Recovery(of: failure) {
            case .retry:
                note(.waiting(reason: "\(failure)"))
                let pause = pauses.next()
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
            case .giveUp:
                note(.off(reason: "\(failure)"))
                return try await gracefulShutdown()
            case .fatal: throw failure
            }
        }
    }

    private var isEnding: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    /// One try; nil when the service's work is done.
    private func failure() async -> (any Error)? {
        let (statuses, name, settled) = (statuses, supervised.name, settled)
        let settling = Task {
            guard (try? await Task.sleep(for: settled)) != nil else { return }
            statuses.set(.running, of: name)
        }
        // Only a service that says nothing itself is taken to run because it has not failed.
        if supervised.start == .whenItSays { settling.cancel() }
        let failure: (any Error)?
        do {
            try await supervised.service.run()
            failure = supervised.endsProgram ? nil : EndedByItself(service: name)
        } catch {
            failure = error
        }
        settling.cancel()
        await settling.value
        return failure
    }

    private func note(_ status: ServiceStatusStore.Status) {
        guard statuses.set(status, of: supervised.name), let reason = status.problem else { return }
        if case .off = status {
            logger.error(
                "left off until the next start", metadata: ["what": "\(supervised.name)", "reason": "\(reason)"])
        } else {
            logger.warning(
                "does not run; tried again", metadata: ["what": "\(supervised.name)", "reason": "\(reason)"])
        }
    }
}

/// A service returned although nobody had asked it to end.
private struct EndedByItself: Error, CustomStringConvertible {
    let service: String
    var description: String { "\(service) ended by itself" }
}
