import Base
import Interpret
import Logging
import Settings
import Store
import Synchronization

/// Whoever came by without a name: what is remembered of them, and what of that lies on the disk.
final class Strangers: Sendable {
    /// Nil: the owner wants nobody remembered.
    let memory: StrangerMemory?
    private let store: FaceStore
    private let isKept: Bool
    /// A disk that refuses is told once.
    private let isRefused = Mutex(false)
    private let logger: Logger

    /// Takes up those that were kept. Where the owner does not want that (any more), what was kept is deleted.
    /// - Throws: when the file cannot be read.
    init(_ settings: FacesSettings, _ store: FaceStore, makeID: @escaping @Sendable () -> String, logger: Logger)
        async throws
    {
        self.store = store
        self.logger = logger
        let keeps = settings.keepStrangers
        isKept = keeps
        let known = try await keeps ? store.strangers() : []
        memory = settings.rememberStrangers ? StrangerMemory(known, makeID: makeID) : nil
        guard !keeps else { return }
        do { try await store.deleteStrangers() } catch {
            logger.warning(
                "strangers of an earlier start are still on the disk", metadata: ["error": "\(error)"])
        }
    }

    /// Writes who is new, came again, or is to be forgotten.
    func save() async {
        guard isKept, let memory else { return }
        let changes = memory.takeChanges()
        guard !changes.isEmpty else { return }
        do {
            try await store.keep(changes)
            isRefused.withLock { $0 = false }
        } catch {
            memory.putBack(changes)
            let isNews = isRefused.withLock { isRefused in
                defer { isRefused = true }
                return !isRefused
            }
            if isNews {
                logger.warning(
                    "strangers cannot be kept; it is tried again each minute", metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: how many nobody remembers any more.
    /// - Throws: when they are still on the disk.
    func forgetAll() async throws -> Int {
        let count = memory?.forgetAll() ?? 0
        _ = memory?.takeChanges()
        try await store.deleteStrangers()
        return count
    }

    /// - Parameter id: as events tell it.
    /// - Returns: whether there was such a stranger.
    /// - Throws: when it is still on the disk.
    func forget(_ id: String) async throws -> Bool {
        guard let memory, memory.forget(id) else { return false }
        if isKept { try await store.keep(StrangerChanges(gone: [id])) }
        return true
    }

    /// Forgets who did not come since.
    /// - Returns: how many those are.
    func forget(metBefore time: WallTime) async -> Int {
        let count = memory?.forget(metBefore: time) ?? 0
        await save()
        return count
    }
}
