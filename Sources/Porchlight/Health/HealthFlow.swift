import Base
import Control
import Infer
import Publish
import Runtime
import ServiceLifecycle
import Store

/// Tells cameras' states to MQTT and to the processors, ends sessions that are over, tells the box's health, and keeps the
/// storage within its bounds. Each in a loop of its own: what waits for a disk that hangs keeps nobody else silent.
struct HealthFlow: Service {
    let registry: ProcessorRegistry
    let sessions: Sessions
    let publisher: Publisher
    let statuses: CameraStatusStore
    let changes: CameraChanges
    let health: HealthReporter
    let background: StationaryObjectStore
    let why: WhyStore
    let samples: SampleFolder
    let storage: Storage
    /// Nil: nothing is let go.
    let filePages: FilePages?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await followChanges() }
                group.addTask { await every(.seconds(5)) { lookAround() } }
                group.addTask { await every(.seconds(1)) { await tellTroubles() } }
                group.addTask { await followStore() }
                group.addTask { await every(.seconds(60)) { await tellBox() } }
                group.addTask { await every(.seconds(60)) { background.save() } }
                group.addTask { await every(.seconds(60)) { await storage.strangers.save() } }
                group.addTask { await every(.seconds(1800)) { why.save() } }
                group.addTask { await every(.seconds(600)) { await keepBounds() } }
                // What a burst has freed (a broker that is back, a photograph that somebody asks about) lies in holes between
                // what stays: the allocator gives none of them back by itself.
                group.addTask { await every(.seconds(60)) { FreeMemory.giveBack() } }
                group.addTask { await every(.seconds(60)) { _ = filePages?.letGo() } }
            }
        }
        // The last state of the cameras, now that their threads have ended.
        tellCameras()
        await tellTroubles()
        await storage.strangers.save()
    }

    private func every(_ interval: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: interval)
        }
    }

    private func followChanges() async {
        var told: [String] = []
        for await _ in changes.notes {
            tellCameras()
            // What the broker does not take is told as soon as it is known, over what it does take.
            let problems = health.allProblems
            if problems != told { await tellBox() }
            told = problems
        }
    }

    /// For what nobody notes by itself: counters, a key that somebody has put right, and how cameras look that are well.
    private func lookAround() {
        health.lookAtKeys()
        health.keepUsualPictures()
        changes.note()
    }

    private func tellCameras() {
        for (camera, report, json) in health.cameraReadings() {
            publisher.cameraChanged(
                camera,
                CameraState(
                    isOnline: report.phase == .online, isBlind: report.view.isBlind, troubles: report.troubles,
                    health: json))
        }
    }

    private func tellBox() async { publisher.publishHealth(await health.boxReading()) }

    /// Whether the store can be written again, and the sessions that are over.
    private func followStore() async {
        var trouble: String?
        var generation = storage.generation
        while !Task.isCancelled {
            await storage.events.recover()
            await storage.recoverFaces()
            if storage.generation != generation {
                generation = storage.generation
                await registry.archiveIsEmpty()
                sessions.archiveIsEmpty()
            }
            await registry.saveOwed()
            publisher.tell(await sessions.tick())
            if storage.trouble != trouble { changes.note() }
            trouble = storage.trouble
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func keepBounds() async {
        await storage.keepBounds()
        samples.index()
        why.forget(before: storage.oldestKept)
    }

    /// Told again and again, so that a frame that was still on its way cannot leave a processor `RUNNING`. What is saved
    /// comes last, since it waits for the disk.
    private func tellTroubles() async {
        let reports = statuses.reports
        let watched = Set(await registry.list().map(\.definition.camera))
        for (camera, _) in reports { statuses.update(camera) { $0.hasProcessor = watched.contains(camera) } }
        for (camera, report) in reports {
            switch report.phase {
            case .gaveUp: break
            case .online where !report.view.isBlind: break
            case .online, .offline, .ended: await registry.cameraInterrupted(camera, reason: report.reason)
            }
        }
        for (camera, report) in reports {
            if case .gaveUp(let reason) = report.phase { await registry.cameraFailed(camera, reason: reason) }
        }
    }
}
