package import Base
import Synchronization

/// From the analysis thread to the readers of data streams: what each look of a face search has shown. Bounded: when
/// nobody takes them in time the oldest go and are counted; no picture waits for its record.
package final class FaceRecordQueue: Sendable {
    package static let most = 256

    /// In the order of the looks. One taker.
    package let records: AsyncStream<FaceRecord>
    private let continuation: AsyncStream<FaceRecord>.Continuation
    private let counter = Atomic<Int>(0)

    package init() {
        (records, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.most))
    }

    package func put(_ record: FaceRecord) {
        if case .dropped = continuation.yield(record) { counter.add(1, ordering: .relaxed) }
    }

    /// Records that nobody took in time.
    package var dropped: Int { counter.load(ordering: .relaxed) }
}
