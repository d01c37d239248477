import Base
import Logging
import Synchronization

/// The two async errands of the room: what waits in the store to the link, and commands to the daemon.
extension Publisher {
    /// Carries unsent entries to the queue and tells the store what the broker has, one thing after the other,
    /// so that order is never in question. Ends with `outboxCalls`.
    func carryEntries() async {
        var trouble = OutboxTrouble(logger: logger)
        for await _ in outboxCalls.stream {
            // A store that cannot be written can be read: what is in it goes out.
            let isMarked = await trouble.marking { try await markSent() }
            let isFetched = await trouble.reading { try await fetchUnsent() }
            if !isMarked || !isFetched {
                try? await Task.sleep(for: .seconds(1))
                outboxCalls.continuation.yield()
            }
        }
        // What is not marked now is sent once more after the restart, with the same id.
        try? await markSent()
    }

    private func markSent() async throws {
        let sent = state.withLock { $0.queue.takeAcknowledged() }
        guard !sent.isEmpty else { return }
        do { try await outbox.markSent(sent) } catch {
            state.withLock { $0.queue.returnAcknowledged(sent) }
            throw error
        }
    }

    private func fetchUnsent() async throws {
        guard let ticket = state.withLock({ $0.queue.fetchTicket() }) else { return }
        let unsent = try await outbox.unsent(limit: PublishQueue.fetchLimit, after: ticket.after)
        state.withLock { $0.queue.offer(unsent, for: ticket) }
        link.wake()
    }

    /// Carries out commands one by one and publishes each answer.
    func carryOutOrders() async {
        for await order in orders.stream {
            let result: [UInt8]
            switch order.wish {
            case .settings(let processor, let json): result = await commands.setSettings(of: processor, json: json)
            case .enabled(let processor, let isOn): result = await commands.setEnabled(of: processor, isOn)
            case .forgetBackground(let camera): result = await commands.forgetBackground(of: camera)
            case .mode(let name): result = await commands.setMode(name)
            }
            answer(order.command, Self.result(result, echoing: order.requestID))
        }
    }

    static func result(_ result: [UInt8], echoing requestID: JSONValue?) -> [UInt8] {
        guard let requestID, case .object(var members)? = JSONValue(parsing: result) else { return result }
        members["requestId"] = requestID
        return JSONValue.object(members).jsonBytes
    }
}

/// What is wrong with the outbox, said when it begins and when it is over.
private struct OutboxTrouble {
    let logger: Logger
    private var isMarkFailing = false
    private var isReadFailing = false

    init(logger: Logger) { self.logger = logger }

    mutating func marking(_ work: () async throws -> Void) async -> Bool {
        await run(work, \.isMarkFailing, "what the broker has cannot be marked as sent; a restart sends it once more")
    }

    mutating func reading(_ work: () async throws -> Void) async -> Bool {
        await run(work, \.isReadFailing, "the outbox cannot be read; what is in it waits")
    }

    private mutating func run(
        _ work: () async throws -> Void, _ isFailing: WritableKeyPath<Self, Bool>, _ words: Logger.Message
    ) async -> Bool {
        do {
            try await work()
            if self[keyPath: isFailing] { logger.notice("the outbox works again") }
            self[keyPath: isFailing] = false
            return true
        } catch {
            if !self[keyPath: isFailing] { logger.warning(words, metadata: ["error": "\(error)"]) }
            self[keyPath: isFailing] = true
            return false
        }
    }
}
