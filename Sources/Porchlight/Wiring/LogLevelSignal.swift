import Logging
import Runtime
import ServiceLifecycle
import UnixSignals

/// SIGUSR1 switches to `debug` and back, so that a fault can be looked at while it lasts.
struct LogLevelSignal: Service {
    let level: LogSwitch
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sigusr1) {
                let now = level.toggleDebug()
                logger.notice("log level", metadata: ["level": "\(now)"])
            }
        }
    }
}
