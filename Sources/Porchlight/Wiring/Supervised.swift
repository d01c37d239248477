package import ServiceLifecycle

/// One service of the program. What its failure means says the error: all of them are run by `Restarting`.
package struct Supervised: Sendable {
    /// When a service has come up.
    package enum Start: Sendable {
        /// At once: there is nothing to wait for.
        case atOnce
        /// When it tells `ServiceStatusStore` so.
        case whenItSays
    }

    /// As people know it, for the log and for health.
    let name: String
    /// What it may take to end when it is asked to. All of them together have less than systemd's `TimeoutStopSec`.
    let stopLimit: Duration
    let start: Start
    /// When it returns by itself its work is done, and the program ends: clips that have been played.
    let endsProgram: Bool
    let service: any Service

    package init(
        _ name: String, stopLimit: Duration, start: Start = .atOnce, endsProgram: Bool = false, _ service: any Service
    ) {
        self.name = name
        self.stopLimit = stopLimit
        self.start = start
        self.endsProgram = endsProgram
        self.service = service
    }
}
