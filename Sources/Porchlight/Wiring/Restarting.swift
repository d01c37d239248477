package import Logging
package import Runtime
import ServiceLifecycle

/// Runs something that the program can do without: after a failure again, with growing pauses, for as long as its errors
/// are worth another try. What is wrong stands in the status store, and in the log once per change.
package struct Restarting: Sendable {
    private let name: String
    private let statuses: ServiceStatusStore
    private let pauses: Backoff
    private let logger: Logger

    /// - Parameter name: as people know it, for the log and for health.
    package init(
        _ name: String, statuses: ServiceStatusStore,
        pauses: Backoff = Backoff(first: .milliseconds(1340), most: .seconds(30)), logger: Logger
    ) {
        self.name = name
        self.statuses = statuses
        self.pauses = pauses
        self.logger = logger
        statuses.set(.starting, of: name)
    }

    /// Returns when the task is cancelled or the service group shuts down.
    /// - Parameter body: one try; it tells the store when it runs, and returns only when it was asked to end.
    /// - Throws: an error that is `fatal`: then the program is to end.
    package func run(_ body: () async throws -> Void) async throws {
        var pauses = pauses
        while !isEnding {
            let failure = await failure(of: body)
            if isEnding { return }
            // It had come up before it failed.
            if statuses.status(of: name) == .running { pauses.reset() }
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

    private func failure(of body: () async throws -> Void) async -> any Error {
        do {
            try await body()
            return EndedByItself(service: name)
        } catch { return error }
    }

    private func note(_ status: ServiceStatusStore.Status) {
        guard statuses.set(status, of: name), let reason = status.problem else { return }
        if case .off = status {
            logger.error("left off until the next start", metadata: ["what": "\(name)", "reason": "\(reason)"])
        } else {
            logger.warning("does not run; tried again", metadata: ["what": "\(name)", "reason": "\(reason)"])
        }
    }
}

/// A service returned although nobody had asked it to end.
private struct EndedByItself: Error, CustomStringConvertible {
    let service: String
    var description: String { "\(service) ended by itself" }
}
