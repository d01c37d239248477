import Base
import Control
import Glibc
import Logging
import Settings
import Store

/// Everything that lies below the storage directory.
struct Storage {
    let events: EventStore
    let processors: ProcessorStore
    let sessions: SessionStore
    let results: ResultsFolder
    let images: VisitImages
    private let database: Database
    private let bounds: StorageSettings
    private let bootID: String
    private let logger: Logger

    /// - Throws: `CommandFailure` when the store cannot be opened: `badConfig` when only a person can change that.
    init(_ settings: Settings, bootID: String, logger: Logger) async throws {
        let directory = settings.storage.directory
        do {
            database = try Database.opening(in: directory, logger: logger)
            let age = Duration.seconds(settings.storage.maxDays * 86_400)
            let ended = EndedSessions(storage: directory, runtimeFolder: RunMarker.runtimeFolder)
            events = EventStore(
                database, bootID: bootID, limits: .init(age: age), endedSessions: ended, logger: logger)
            processors = ProcessorStore(database, logger: logger)
            sessions = SessionStore(database, ended: ended, logger: logger)
        } catch {
            let isForAPerson = if case .tooNew = error { true } else { false }
            throw CommandFailure(
                isForAPerson ? .badConfig : .unavailable, "storage.directory \(directory): \(error)")
        }
        results = ResultsFolder(storage: directory, logger: logger)
        images = VisitImages(storage: directory)
        bounds = settings.storage
        self.bootID = bootID
        self.logger = logger
    }

    /// Deletes what is too old or too much. The database is part of what the directory may hold.
    func keepBounds() async {
        let retention = Retention(
            storage: bounds.directory, maxBytes: (bounds.maxMegabytes << 20) - database.byteCount,
            maxDays: bounds.maxDays)
        _ = await retention.sweep()
        // Too old to be of use; a store that cannot be written shows in the next append.
        _ = try? await events.prune()
    }

    /// Changes when what was kept may be missing in the store.
    var generation: Int { database.generation }

    /// How often a damaged store was laid aside since the start.
    var renewals: Int { database.renewals }

    /// Why the store cannot be written, in words; nil when all is well.
    var trouble: String? { database.trouble?.words }

    /// The ends of visits that a crash or power cut left open.
    func endingsOfEarlierStarts() async throws -> [Event] {
        do {
            let now = MonotonicTime.now()
            return try await events.openVisits(beforeBoot: bootID).map { visit in
                var ending = visit
                ending.phase = .ended
                ending.reason = .restart
                ending.openCount = 0
                // The monotonic clock began anew if the board did.
                ending.at = now
                ending.since = min(visit.since, now)
                return ending
            }
        } catch {
            throw CommandFailure(.unavailable, "the store cannot be read: \(error)")
        }
    }
}
