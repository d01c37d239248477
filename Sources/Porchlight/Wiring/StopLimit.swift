import Logging
import ServiceLifecycle

/// A service that ends in time when it is asked to: what still hangs then (a driver, a disk) is left behind, so that the
/// services after it can say their last words.
struct StopLimit: Service {
    let name: String
    let service: any Service
    let limit: Duration
    let logger: Logger

    func run() async throws {
        let (results, result) = AsyncStream.makeStream(of: Result<Void, any Error>.self)
        // A task of its own, since nobody can be made to wait for less than the end of a child.
        let work = Task {
            do {
                try await service.run()
                result.yield(.success(()))
            } catch {
                result.yield(.failure(error))
            }
            result.finish()
        }
        let outcome = await withTaskCancellationOrGracefulShutdownHandler {
            await results.first { _ in true }
        } onCancelOrGracefulShutdown: {
            Task {
                try? await Task.sleep(for: limit)
                result.finish()
            }
        }
        guard let outcome else {
            work.cancel()
            return logger.warning("did not end in time and is left behind", metadata: ["what": "\(name)"])
        }
        try outcome.get()
    }
}
