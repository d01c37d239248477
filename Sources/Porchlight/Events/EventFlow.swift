import Base
import Control
import Logging
import Publish
import ServiceLifecycle
import Store

/// Takes events from the analysis to everybody who keeps or tells them: first the store, then states, pictures and
/// messages; the broker hears events from the store's outbox, so that none is lost while it is away.
struct EventFlow: Service {
    let queue: EventQueue
    let store: EventStore
    let images: VisitImages
    let sessions: Sessions
    let publisher: Publisher
    let onEvent: @Sendable (RecordedEvent) -> Void
    let logger: Logger

    /// Runs until the queue is finished: the analysis has ended every visit by then.
    func run() async throws {
        while let items = await queue.take() {
            await keep(items)
        }
        // The group ends its services one after the other and takes one that ends early for broken.
        try? await gracefulShutdown()
    }

    private func keep(_ items: [EventQueue.Item]) async {
        var drafts: [EventStore.Draft] = []
        for item in items {
            drafts.append(EventStore.Draft(item.event, imagePath: await images.keep(item)))
        }
        do {
            let recorded = try await store.append(drafts)
            publisher.eventsRecorded()
            for (record, item) in zip(recorded, items) { await tell(record, item.pictures) }
        } catch {
            // States still tell the truth when the disk is full; only the history is poorer.
            logger.error("events could not be stored", metadata: ["count": "\(items.count)", "error": "\(error)"])
            for item in items { publisher.noteState(of: item.event) }
        }
    }

    private func tell(_ record: RecordedEvent, _ pictures: EventPictures?) async {
        onEvent(record)
        publisher.noteState(of: record.event)
        if let pictures {
            publisher.publishImage(record.event.processor, record.event.label, pictures.shown)
        }
        let notifications = await sessions.note(record, frameJPEG: pictures?.frame, cropJPEG: pictures?.crop)
        for notification in notifications { publisher.notify(topic: notification.topic, json: notification.payload) }
    }
}
