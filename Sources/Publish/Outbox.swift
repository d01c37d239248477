import Base
import Logging
import Synchronization

/// The two async errands of the room: events from the store to the link, and commands to the daemon.
extension Publisher {
    /// Carries unsent events to the queue and tells the store what the broker has, one thing after the other,
    /// so that order is never in question. Ends with `outboxCalls`.
    func carryEvents() async {
        for await _ in outboxCalls.stream {
            do {
                try await markSent()
                try await fetchUnsent()
            } catch {
                logger.warning("outbox does not answer; events wait", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
                outboxCalls.continuation.yield()
            }
        }
        // What is not marked now is sent once more after the restart, with the same id.
        try? await markSent()
    }

    private func markSent() async throws {
        let sent = state.withLock { $0.queue.takeAcknowledgedEvents() }
        guard !sent.isEmpty else { return }
        do { try await outbox.markSent(sent) } catch {
            state.withLock { $0.queue.returnAcknowledgedEvents(sent) }
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
