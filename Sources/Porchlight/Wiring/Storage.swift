import Base
import Control
import Faces
import Glibc
import Logging
import Runtime
import Settings
import Store
import Synchronization

/// Everything that lies below the storage directory.
final class Storage: Sendable {
    let events: EventStore
    let processors: ProcessorStore
    let modes: ModeStore
    let sessions: SessionStore
    let streams: RecordStore
    let results: ResultsFolder
    let images: VisitImages
    let faces: any FaceCollections
    let strangers: Strangers
    private let registry: CollectionRegistry
    private let faceStore: FaceStore
    private let database: Database
    private let layout: StorageLayout
    private let bounds: StorageSettings
    /// Faces that are older are deleted; nil: none is.
    private let faceDays: Int?
    /// When the directory was last looked through.
    private let lastSweep = Mutex<Retention.Sweep?>(nil)
    /// Renewals of the faces' file after which everything was kept again.
    private let keptRenewals: Mutex<Int>
    private let bootID: String
    private let logger: Logger

    /// - Parameters:
    ///   - kernelBoot: names this boot of the kernel; empty when nothing does.
    ///   - meter: asked before each picture.
    /// - Throws: `CommandFailure` when the store cannot be opened: `badConfig` when only a person can change that.
    init(
        _ settings: Settings, bootID: String, kernelBoot: String, meter: WriteMeter, logger: Logger
    ) async throws {
        let directory = settings.storage.directory
        do {
            database = try Database.opening(in: directory, logger: logger)
            let age = Duration.seconds(settings.storage.maxDays * 86_400)
            let ended = EndedSessions(storage: directory, runtimeFolder: RunMarker.runtimeFolder)
            let journal = UpdateJournal(
                storage: directory, runtimeFolder: RunMarker.runtimeFolder, kernelBoot: kernelBoot)
            events = EventStore(
                database, bootID: bootID, limits: .init(age: age), endedSessions: ended, journal: journal,
                logger: logger)
            processors = ProcessorStore(database, logger: logger)
            modes = ModeStore(database, logger: logger)
            sessions = SessionStore(database, ended: ended, logger: logger)
            streams = RecordStore(database, logger: logger)
            faceStore = try FaceStore.opening(in: directory, logger: logger)
            registry = try await CollectionRegistry.opening(faceStore, logger: logger)
            strangers = try await Strangers(settings.faces, faceStore, makeID: newID, logger: logger)
        } catch let error as StoreError {
            let isForAPerson = if case .tooNew = error { true } else { false }
            throw CommandFailure(
                isForAPerson ? .badConfig : .unavailable, "storage.directory \(directory): \(error)")
        } catch {
            throw CommandFailure(.unavailable, "storage.directory \(directory): \(error)")
        }
        faces = registry
        keptRenewals = Mutex(faceStore.renewals)
        layout = settings.storage.layout
        results = ResultsFolder(folder: layout.path(of: .results), admits: { meter.admits($0) }, logger: logger)
        images = VisitImages(folder: layout.path(of: .images)) { meter.admits($0) }
        bounds = settings.storage
        faceDays = settings.faces.maxDays
        self.bootID = bootID
        self.logger = logger
    }

    /// Writes the pictures of long visits, and deletes what is too old or too much. To be called every ten minutes.
    func keepBounds() async {
        await images.writeOpen()
        let retention = Retention(layout, maxBytes: bounds.maxMegabytes << 20, maxDays: bounds.maxDays)
        let sweep = await retention.sweep()
        lastSweep.withLock { $0 = sweep }
        // Too old to be of use; a store that cannot be written shows in the next append.
        _ = try? await events.prune()
        await deleteOldFaces()
    }

    /// What happened before this is too old to be kept.
    var oldestKept: WallTime {
        WallTime(milliseconds: WallTime.now().milliseconds - Int64(bounds.maxDays) * 86_400_000)
    }

    /// Nothing is too old while the clock cannot be trusted.
    private func deleteOldFaces() async {
        guard let faceDays, TimeQuality.now() == .synchronized else { return }
        let limit = WallTime(milliseconds: WallTime.now().milliseconds - Int64(faceDays) * 86_400_000)
        let others = await strangers.forget(metBefore: limit)
        do throws(FaceCollectionError) {
            let faces = try await registry.deleteFaces(addedBefore: limit)
            guard faces > 0 || others > 0 else { return }
            logger.notice(
                "deleted, since they are older than faces.maxDays",
                metadata: ["faces": "\(faces)", "strangers": "\(others)", "days": "\(faceDays)"])
        } catch {
            logger.error(
                "faces that are older than faces.maxDays could not be deleted; it is tried again in ten minutes",
                metadata: ["error": "\(error)"])
        }
    }

    /// What each file and folder of the directory took when its bounds were last kept, in bytes; empty before.
    var usage: [StorageEntry: Int] { lastSweep.withLock { $0?.usage ?? [:] } }

    /// The room of its file system, as of then; nil before, and when the system does not tell.
    var disk: DiskSpace? { lastSweep.withLock { $0?.disk } }

    /// Changes when what was kept may be missing in the store.
    var generation: Int { database.generation }

    /// How often a damaged store was laid aside since the start.
    var renewals: Int { database.renewals + faceStore.renewals }

    /// Why the store cannot be written, in words; nil when all is well.
    var trouble: String? { (database.trouble ?? faceStore.trouble)?.words }

    /// Tries whether faces can be written again, and keeps them again when their file was begun anew. To be called each second.
    func recoverFaces() async {
        await faceStore.recover()
        let renewals = faceStore.renewals
        let isNews = keptRenewals.withLock { kept in
            defer { kept = renewals }
            return kept != renewals
        }
        if isNews { await registry.keepAgain() }
    }

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

extension StorageSettings {
    var layout: StorageLayout { StorageLayout(directory: directory) }
}
