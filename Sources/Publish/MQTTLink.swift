package import Logging
package import Runtime
import Synchronization

/// A named thread around libmosquitto. Every libmosquitto call happens on it, in a `poll` loop of our own:
/// `mosquitto_loop` selects, which breaks beyond descriptor 1023 and cannot be woken by other threads.
package final class MQTTLink: Sendable {
    private let status: Mutex<LinkStatus>
    private let alarm: WakeDescriptor
    private let ended = Mutex<[CheckedContinuation<Void, Never>]?>([])

    package init() throws(PublishError) {
        status = Mutex(LinkStatus())
        do { alarm = try WakeDescriptor() } catch { throw .thread(error) }
    }

    /// Starts the thread `mqtt`; it ends when the traffic says so.
    /// - Parameter heartbeat: told what the thread begins; nil where nobody judges.
    package func start(
        _ settings: LinkSettings, _ traffic: any LinkTraffic, heartbeat: (any ThreadHeartbeat)? = nil, _ logger: Logger
    ) throws(PublishError) {
        do {
            _ = try NamedThread("mqtt") { [self] in
                var loop = LinkLoop(
                    settings: settings, traffic: traffic, alarm: alarm, heartbeat: heartbeat, logger: logger)
                loop.run { status in self.status.withLock { $0 = status } }
                finish()
            }
        } catch { throw .thread(error) }
    }

    package var currentStatus: LinkStatus { status.withLock { $0 } }

    /// There is something to do. Never blocks.
    package func wake() { alarm.ring() }

    /// Returns when the thread has ended.
    package func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = ended.withLock { waiting in
                waiting?.append(continuation)
                return waiting == nil
            }
            if isOver { continuation.resume() }
        }
    }

    private func finish() {
        let waiting = ended.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? []
        }
        for continuation in waiting { continuation.resume() }
    }
}
