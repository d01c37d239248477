import Base
import Control
import Glibc
import Logging
import Publish
import ServiceLifecycle

/// How long an end may take. systemd kills what has not ended after the unit's `TimeoutStopSec`, and then nobody has
/// told that the labels are off.
package enum EndLimits {
    /// From the signal to the broker's being told, whatever else still hangs.
    package static let untilTold = Duration.seconds(2)
    /// For the last words of sessions, which go to the disk first.
    package static let lastWords = Duration.milliseconds(500)
    /// From the signal to the end of the process.
    package static let process = Duration.milliseconds(4500)
}

/// The last words to the broker: sessions are over, labels `OFF`, everything offline. Said once, whoever asks first.
actor Farewell {
    private let publisher: Publisher
    private let sessions: Sessions
    private var saying: Task<Void, Never>?

    init(publisher: Publisher, sessions: Sessions) {
        self.publisher = publisher
        self.sessions = sessions
    }

    /// Returns when all is said, about a second later at most.
    func say() async {
        let task =
            saying
            ?? Task { [publisher, sessions] in
                // A disk that hangs must not keep the labels ON.
                await wait(atMost: EndLimits.lastWords) {
                    publisher.tell(await sessions.finishAll(reason: "Porchlight was stopped."))
                }
                await publisher.stop()
            }
        saying = task
        await task.value
    }
}

/// The first service to hear of the end. When a service before the broker's hangs (a driver, a disk, a slow request) the
/// broker is told all the same, and the process ends in time.
struct EndWatch: Service {
    let farewell: Farewell
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        let (farewell, logger) = (farewell, logger)
        let began = MonotonicTime.now()
        do throws(SystemError) {
            // A thread, since the tasks may be what hangs. It ends with the process.
            _ = try NamedThread("end") {
                Self.sleep(until: began + EndLimits.untilTold)
                Task { await farewell.say() }
                Self.sleep(until: began + EndLimits.process)
                logger.error(
                    "the end takes too long; left behind what hangs", metadata: ["after": "\(EndLimits.process)"])
                _exit(ExitStatus.temporary.rawValue)
            }
        } catch {
            logger.warning("nobody watches the end", metadata: ["error": "\(error)"])
        }
    }

    private static func sleep(until time: MonotonicTime) {
        let never = StopSignal()
        never.wait(atMost: time - .now())
    }
}
