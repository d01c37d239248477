/// What is done about an error: read by whoever runs the thing that failed.
package enum Recovery: Sendable, Equatable {
    /// Try again after a pause; the thing is shown as offline meanwhile.
    case retry
    /// This camera or feature stops until the next start; the daemon lives and says so.
    case giveUp
    /// The program ends; systemd starts it again.
    case fatal

    /// What `error` asks for. Errors of libraries do not say; what failed with one of them is tried again.
    package init(of error: any Error) { self = (error as? any Recoverable)?.recovery ?? .retry }
}

/// An error that knows what is to be done about it.
package protocol Recoverable: Error {
    var recovery: Recovery { get }
}
