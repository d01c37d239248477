import Base
import Control
import Logging
import Publish
import ServiceLifecycle
import Store

/// Takes events from the analysis to everybody who keeps or tells them. One way for all of them: the store numbers them
/// and keeps them until the broker has them; subscribers and sessions are told, whether the store could keep them or not.
struct EventFlow: Service {
    let queue: EventQueue
    let store: EventStore
    let images: VisitImages
    let sessions: Sessions
    let publisher: Publisher
    let onEvent: @Sendable (RecordedEvent) -> Void

    /// Runs until the queue is finished: the analysis has ended every visit by then.
    /// - Throws: `StoreError` when the store can never be used again; what was taken has been told by then.
    func run() async throws {
        while let items = await queue.take() {
            await tell(items)
            if let error = await store.fatalError { throw error }
        }
        // The group ends its services one after the other and takes one that ends early for broken.
        try? await gracefulShutdown()
    }

    private func tell(_ items: [EventQueue.Item]) async {
        var drafts: [EventStore.Draft] = []
        for item in items {
            drafts.append(EventStore.Draft(item.event, imagePath: await images.keep(item.event, item.pictures?.shown)))
        }
        for (recorded, item) in zip(await store.record(drafts), items) {
            onEvent(recorded)
            publisher.tell(recorded, picture: item.pictures?.shown)
            publisher.tell(
                await sessions.note(recorded, frameJPEG: item.pictures?.frame, cropJPEG: item.pictures?.crop))
        }
    }
}
