import Synchronization

/// Carries a thing that only one thread may use to that thread: put in once, taken out once.
package final class OneShotTransfer<Value>: Sendable {
    private let content: Mutex<Value?>

    package init(_ value: sending Value) { content = Mutex(value) }

    /// The value at the first call; nil afterwards.
    package func take() -> sending Value? {
        content.withLock { content in
            let value = content
            content = nil
            return value
        }
    }
}
