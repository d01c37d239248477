package import Base
import Synchronization

/// Data streams in memory, which a test fills.
package final class MemoryStreams: RecordStreams {
    private let lines: Mutex<[StreamName: (stream: RecordStream, records: [StreamRecord])]>
    private let wallTime: @Sendable () -> WallTime

    /// - Parameter names: streams that are there, empty.
    package init(_ names: [String] = [], wallTime: @escaping @Sendable () -> WallTime = { .now() }) {
        var lines: [StreamName: (RecordStream, [StreamRecord])] = [:]
        for name in names.compactMap(StreamName.init) {
            lines[name] = (
                RecordStream(
                    arn: DataStreamARN(name), createdAt: WallTime(milliseconds: 1_767_225_600_000), first: 1000,
                    next: 1000), []
            )
        }
        self.lines = Mutex(lines)
        self.wallTime = wallTime
    }

    package func append(_ text: String, to name: String) {
        let time = wallTime()
        lines.withLock { lines in
            guard let name = StreamName(name), var line = lines[name] else { return }
            line.records.append(
                StreamRecord(
                    sequence: line.stream.next, arrivedAt: time, partitionKey: "door", data: Array(text.utf8)))
            // Some numbers are never given.
            line.stream.next += 3
            lines[name] = line
        }
    }

    package func delete(_ name: String) {
        lines.withLock { lines in if let name = StreamName(name) { lines[name] = nil } }
    }

    package func streams() async -> [RecordStream] {
        lines.withLock { $0.values.map(\.stream).sorted { $0.arn.name < $1.arn.name } }
    }

    package func page(
        of stream: StreamName, from sequence: Int64, limit: Int, bytes: Int
    ) async throws(RecordStreamError) -> RecordPage? {
        let now = wallTime()
        return lines.withLock { lines in
            guard let line = lines[stream] else { return nil }
            let rest = line.records.filter { $0.sequence >= sequence }
            let page = Array(rest.prefix(limit))
            let behind = rest.count > page.count ? now.milliseconds - (page.last?.arrivedAt.milliseconds ?? 0) : 0
            return RecordPage(
                records: page, next: page.last.map { $0.sequence + 1 } ?? line.stream.next,
                behind: .milliseconds(behind))
        }
    }

    package func firstSequence(
        of stream: StreamName, arrivedFrom time: WallTime
    ) async throws(RecordStreamError) -> Int64? {
        lines.withLock { lines in
            guard let line = lines[stream] else { return nil }
            let found = line.records.first { $0.arrivedAt.milliseconds >= time.milliseconds }
            return found?.sequence ?? line.stream.next
        }
    }
}
