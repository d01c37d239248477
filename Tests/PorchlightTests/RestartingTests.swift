import Base
import Logging
import Porchlight
import Runtime
import Serve
import ServiceLifecycle
import Store
import Synchronization
import Testing

@Suite struct RestartingTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let quick = Backoff(first: .milliseconds(1), most: .milliseconds(2))
    private static let name = "API at 127.0.0.1:1"

    /// What the tries of a test leave behind.
    private final class Tries: Sendable {
        private let all = Mutex<[ServiceStatusStore.Status?]>([])

        var statuses: [ServiceStatusStore.Status?] { all.withLock { $0 } }

        /// - Parameter status: of the service when the try began.
        /// - Returns: how many there are now.
        @discardableResult
        func note(_ status: ServiceStatusStore.Status?) -> Int {
            all.withLock { all in
                all.append(status)
                return all.count
            }
        }
    }

    private struct Fatal: Recoverable { let recovery = Recovery.fatal }

    private struct Body: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws { try await body() }
    }

    private static func run(
        _ statuses: ServiceStatusStore, start: Supervised.Start = .whenItSays, endsProgram: Bool = false,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let supervised = Supervised(
            name, stopLimit: .seconds(1), start: start, endsProgram: endsProgram, Body(body: body))
        try await Restarting(
            supervised, statuses: statuses, pauses: quick, settled: .milliseconds(30), logger: quiet
        ).run()
    }

    @Test("an address that is taken is tried again until it is free, and health says so meanwhile")
    func retries() async throws {
        let statuses = ServiceStatusStore()
        let tries = Tries()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await Self.run(statuses) {
                    guard tries.note(statuses.status(of: Self.name)) == 3 else {
                        throw ServeError.cannotBind(address: "127.0.0.1:1", reason: "taken")
                    }
                    statuses.set(.running, of: Self.name)
                    try await Task.sleep(for: .seconds(60))
                }
            }
            while statuses.status(of: Self.name) != .running { try await Task.sleep(for: .milliseconds(1)) }
            group.cancelAll()
        }
        let waiting = ServiceStatusStore.Status.waiting(
            reason: "\(ServeError.cannotBind(address: "127.0.0.1:1", reason: "taken"))")
        #expect(tries.statuses == [.starting, waiting, waiting])
    }

    @Test("what only another config can cure is left off and told, and the program goes on")
    func givesUp() async throws {
        let statuses = ServiceStatusStore()
        let error = ServeError.plaintextRefused(address: "0.0.0.0")
        let tries = Tries()
        try await withThrowingTaskGroup { group in
            group.addTask {
                // Waits for the end of the program, and is cancelled here.
                try? await Self.run(statuses) {
                    tries.note(nil)
                    throw error
                }
            }
            while statuses.status(of: Self.name)?.problem == nil { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(20))
            group.cancelAll()
        }
        #expect(tries.statuses.count == 1)
        #expect(statuses.status(of: Self.name) == .off(reason: "\(error)"))
    }

    @Test("a fatal error ends the program")
    func fatal() async {
        await #expect(throws: Fatal.self) {
            try await Self.run(ServiceStatusStore()) { throw Fatal() }
        }
    }

    @Test("a service that returns without being asked is tried again, not forgotten")
    func endsByItself() async throws {
        let statuses = ServiceStatusStore()
        let tries = Tries()
        try await withThrowingTaskGroup { group in
            group.addTask { try await Self.run(statuses) { tries.note(nil) } }
            while tries.statuses.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(statuses.status(of: Self.name)?.problem?.contains("ended by itself") == true)
            group.cancelAll()
        }
    }

    @Test("a service that nothing was thought to run without is tried again as well, and told until it has come up")
    func essential() async throws {
        let statuses = ServiceStatusStore()
        let tries = Tries()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await Self.run(statuses, start: .atOnce) {
                    guard tries.note(statuses.status(of: Self.name)) == 3 else {
                        throw SystemError(call: "pthread_create", errno: 11)
                    }
                    try await Task.sleep(for: .seconds(60))
                }
            }
            while tries.statuses.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
            while statuses.status(of: Self.name) != .running { try await Task.sleep(for: .milliseconds(1)) }
            group.cancelAll()
        }
        let reason = "\(SystemError(call: "pthread_create", errno: 11))"
        #expect(tries.statuses == [.running, .waiting(reason: reason), .waiting(reason: reason)])
    }

    @Test("when the work of a service is done, as with clips that were played, it is not begun again")
    func done() async throws {
        let tries = Tries()
        try await Self.run(ServiceStatusStore(), start: .atOnce, endsProgram: true) { tries.note(nil) }
        #expect(tries.statuses.count == 1)
    }

    @Test("the exit status says why the program ended: what only a person can change is not tried again by systemd")
    func exitStatus() throws {
        #expect(ExitStatus(of: StoreError.tooNew(path: "/s")) == .badConfig)
        let hang = Liveness.Hang(part: .analysis, doing: .step("a pass"), since: MonotonicTime(nanoseconds: 0))
        #expect(ExitStatus(of: StandsStill(hang: hang)) == .temporary)
        #expect(ExitStatus(of: Fatal()) == .unavailable)
    }

    @Test("an error that knows nothing of recovery is worth another try")
    func foreignErrors() {
        #expect(Recovery(of: CancellationError()) == .retry)
        #expect(Recovery(of: Fatal()) == .fatal)
    }
}
