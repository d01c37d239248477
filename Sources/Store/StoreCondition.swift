import Base
import Logging
import Synchronization

/// Whether the store can be written, as the last writes showed. Said once when it changes, not with each write.
final class StoreCondition: Sendable {
    private let state = Mutex<StoreError?>(nil)
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Why it cannot be written; nil when all is well.
    var trouble: StoreError? { state.withLock { $0 } }

    func failed(_ error: StoreError) {
        let isNews = state.withLock { state in
            defer { state = error }
            return state == nil
        }
        guard isNews else { return }
        logger.error(
            "the store cannot be written; what happens is told all the same, but not kept",
            metadata: ["error": "\(error)"])
    }

    /// There is room again.
    func recovered() {
        let isNews = state.withLock { $0.take() != nil }
        if isNews { logger.notice("the store can be written again") }
    }
}
