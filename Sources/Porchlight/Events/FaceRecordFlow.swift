import Base
import Control
import Publish
import Rekognition
import ServiceLifecycle
import Store

/// Takes the records of face searches to those who listen on the broker and to those who read the data stream. Keeps the
/// disk's part of the streams: what waits is written, and what is too old goes.
struct FaceRecordFlow: Service {
    let registry: ProcessorRegistry
    let queue: FaceRecordQueue
    let store: RecordStore
    let publisher: Publisher

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask { await followProcessors() }
                group.addTask { for await record in queue.records { await tell(record) } }
                group.addTask { await every(.seconds(1)) { await store.tick() } }
                group.addTask { await every(.seconds(600)) { await store.prune() } }
            }
        }
        await store.flush()
    }

    /// The streams are those that processors name.
    private func followProcessors() async {
        for await _ in await registry.changes() {
            await store.name(await registry.list().compactMap(\.definition.output.stream))
        }
    }

    private func tell(_ record: FaceRecord) async {
        let json = record.json(serverTime: .now()).jsonBytes
        publisher.tell(record: json, of: record.stream)
        await store.append(json, key: record.processor.text, isLasting: !record.faces.isEmpty, to: record.stream)
    }

    private func every(_ interval: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: interval)
        }
    }
}
