import Synchronization

/// How the services are that the program can do without for a while: written by whoever runs them, read by health.
package final class ServiceStatusStore: Sendable {
    package enum Status: Sendable, Equatable {
        case starting
        case running
        /// It failed and is tried again; why, in words.
        case waiting(reason: String)
        /// It failed and is left off until the next start; why, in words.
        case off(reason: String)

        /// Nil while nothing is wrong.
        package var problem: String? {
            switch self {
            case .starting, .running: nil
            case .waiting(let reason), .off(let reason): reason
            }
        }
    }

    private let statuses = Mutex<[String: Status]>([:])
    /// Called after each change, outside the lock.
    private let onChange: @Sendable () -> Void

    package init(onChange: @escaping @Sendable () -> Void = {}) { self.onChange = onChange }

    /// - Returns: whether that is news.
    @discardableResult
    package func set(_ status: Status, of service: String) -> Bool {
        let isNews = statuses.withLock { $0.updateValue(status, forKey: service) != status }
        if isNews { onChange() }
        return isNews
    }

    package func status(of service: String) -> Status? { statuses.withLock { $0[service] } }

    /// By name.
    package var all: [(service: String, status: Status)] {
        statuses.withLock { statuses in statuses.map { ($0.key, $0.value) } }.sorted { $0.service < $1.service }
    }
}
