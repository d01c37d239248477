import Base
import Control
import Glibc
import Logging
import Publish
import Runtime
import ServiceLifecycle

/// How long an end may take. systemd kills what has not ended after the unit's `TimeoutStopSec`, and then nobody has
/// told that the labels are off.
package enum ShutdownLimits {
    /// From the signal to the broker's being told, whatever else still hangs.
    package static let untilTold = Duration.seconds(2)
    /// For the last words of sessions, which go to the disk first.
    package static let lastWords = Duration.milliseconds(500)
    /// From the signal to the end of the process.
    package static let process = Duration.milliseconds(4500)
}

/// What ends the program towards the broker: sessions are over, labels `OFF`, everything offline. Runs once, whoever asks
/// first.
actor ShutdownSequence {
    private let publisher: Publisher
    private let sessions: Sessions
    private var running: Task<Void, Never>?

    init(publisher: Publisher, sessions: Sessions) {
        self.publisher = publisher
        self.sessions = sessions
    }

    /// Returns when the broker has been told, about a second later at most.
    func run() async {
        let task =
            running
            ?? Task { [publisher, sessions] in
                // A disk that hangs must not keep the labels ON.
                await wait(atMost: ShutdownLimits.lastWords) {
                    publisher.tell(await sessions.finishAll(reason: "Porchlight was stopped."))
                }
                await publisher.stop()
            }
        running = task
        await task.value
    }
}

/// The first service to hear of the end. When a service before the broker's hangs (a driver, a disk, a slow request) the
/// broker is told all the same, and the process ends in time.
struct ShutdownWatch: Service {
    let shutdown: ShutdownSequence
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        let (shutdown, logger) = (shutdown, logger)
        let began = MonotonicTime.now()
        do throws(SystemError) {
            // A thread, since the tasks may be what hangs. It ends with the process.
            _ = try NamedThread("end") {
                Self.sleep(until: began + ShutdownLimits.untilTold)
                Task { await shutdown.run() }
                Self.sleep(until: began + ShutdownLimits.process)
                logger.error(
                    "the end takes too long; left behind what hangs", metadata: ["after": "\(ShutdownLimits.process)"])
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
