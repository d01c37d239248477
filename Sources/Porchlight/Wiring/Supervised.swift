import ServiceLifecycle

/// One service of the program, and what its failure means to the others.
struct Supervised {
    enum Policy {
        /// There is nothing to run without it: its failure ends the program, and systemd starts it again.
        case essential
        /// The others go on without it: its errors' `recovery` says whether it is tried again.
        case restartable
    }

    /// As people know it, for the log and for health.
    let name: String
    let policy: Policy
    /// What it may take to end when it is asked to. All of them together have less than systemd's `TimeoutStopSec`.
    let stopLimit: Duration
    let service: any Service

    static func essential(_ name: String, stopLimit: Duration, _ service: any Service) -> Supervised {
        Supervised(name: name, policy: .essential, stopLimit: stopLimit, service: service)
    }

    static func restartable(_ name: String, stopLimit: Duration, _ service: any Service) -> Supervised {
        Supervised(name: name, policy: .restartable, stopLimit: stopLimit, service: service)
    }
}
