import Base
import Control
import Glibc
import Logging
import Store

/// Everything that lies below the storage directory.
struct Storage {
    let events: EventStore
    let processors: ProcessorStore
    let results: ResultsFolder
    let images: VisitImages
    let retention: Retention
    private let bootID: String

    /// - Throws: `CommandFailure` when the directory cannot be made or the store not opened.
    init(_ settings: Settings, bootID: String, logger: Logger) async throws {
        let directory = settings.storage.directory
        do {
            let database = try Database.opening(in: directory, logger: logger)
            let age = Duration.seconds(settings.storage.maxDays * 86_400)
            events = EventStore(database, bootID: bootID, limits: .init(age: age), logger: logger)
            processors = ProcessorStore(database, logger: logger)
        } catch {
            throw CommandFailure(.unavailable, "storage.directory \(directory): \(error)")
        }
        results = ResultsFolder(storage: directory, logger: logger)
        images = VisitImages(storage: directory)
        retention = Retention(
            storage: directory, maxBytes: settings.storage.maxMegabytes << 20, maxDays: settings.storage.maxDays)
        self.bootID = bootID
    }

    /// A visit that a crash or power cut left open is told to be over, before anything else is told.
    func endVisitsOfEarlierStarts() async throws {
        do {
            let now = MonotonicTime.now()
            let endings = try await events.openVisits(beforeBoot: bootID).map { visit in
                var ending = visit
                ending.phase = .ended
                ending.reason = .restart
                ending.openCount = 0
                // The monotonic clock began anew if the board did.
                ending.at = now
                ending.since = min(visit.since, now)
                return EventStore.Draft(ending)
            }
            _ = try await events.append(endings)
        } catch {
            throw CommandFailure(.unavailable, "the store cannot be written: \(error)")
        }
    }
}
