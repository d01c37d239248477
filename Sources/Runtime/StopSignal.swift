/// Asks a thread to end; the thread can sleep on it.
package final class StopSignal: Sendable {
    private let requested = Monitor(false)

    package init() {}

    package func request() { requested.change { $0 = true } }

    package var isRequested: Bool { requested.wait(atMost: .zero) { $0 } ?? false }

    /// Sleeps for `duration`, or less when the stop is requested; true when it is.
    @discardableResult
    package func wait(atMost duration: Duration) -> Bool {
        requested.wait(atMost: duration) { $0 ? true : nil } ?? false
    }
}
