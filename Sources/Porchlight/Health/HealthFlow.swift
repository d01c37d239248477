import Base
import Control
import Publish
import ServiceLifecycle
import Store

/// Once a second, and at once when a camera changes: cameras' states to MQTT and to the processors; sessions that are
/// over, and whether the store can be written; every 5 s the cameras' health, every minute the box's, every 10 minutes
/// the folder's bounds.
struct HealthFlow: Service {
    let registry: ProcessorRegistry
    let sessions: Sessions
    let publisher: Publisher
    let statuses: CameraStatusStore
    let changes: CameraChanges
    let health: HealthReporter
    let background: StationaryObjectStore
    let samples: SampleFolder
    let storage: Storage

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await self.followCameras() }
                group.addTask { await self.tick() }
            }
        }
        // The last state of the cameras, now that their threads have ended.
        await tellCameras()
    }

    private func followCameras() async {
        for await _ in changes.notes { await tellCameras() }
    }

    private func tick() async {
        var second = 0
        var trouble: String?
        while !Task.isCancelled {
            if second % 5 == 0 { await tellCameras() } else { await tellTroubles() }
            if second % 60 == 0 { background.save() }
            await storage.events.recover()
            publisher.tell(await sessions.tick())
            let hasChanged = storage.trouble != trouble
            trouble = storage.trouble
            if second % 60 == 0 || hasChanged { publisher.publishHealth(await health.boxReading()) }
            if second % 600 == 0 {
                await storage.keepBounds()
                samples.index()
            }
            second += 1
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func tellCameras() async {
        for (camera, report, json) in health.cameraReadings() {
            publisher.cameraChanged(camera, isOnline: report.phase == .online, health: json)
        }
        await tellTroubles()
    }

    /// Told again and again, so that a frame that was still on its way cannot leave a processor `RUNNING`.
    private func tellTroubles() async {
        for (camera, report) in statuses.reports {
            switch report.phase {
            case .online: break
            case .offline, .ended: await registry.cameraInterrupted(camera, reason: report.phase.reason)
            case .gaveUp(let reason): await registry.cameraFailed(camera, reason: reason)
            }
        }
    }
}
