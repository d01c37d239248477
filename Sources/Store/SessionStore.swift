package import Base
package import Logging

/// Open sessions on disk, and the way of their notifications into the outbox. One row per session, written when it
/// opens and with the first sight of each label. A store that cannot be written says so itself, once.
package struct SessionStore: SessionArchive {
    /// More than a box has cameras, many times over.
    private static let mostSessions = 1000

    private let database: Database
    private let clock: EventStore.Clock
    private let ended: EndedSessions?
    private let logger: Logger

    /// - Parameter ended: sessions that are over, whatever the store says.
    package init(
        _ database: Database, clock: EventStore.Clock = .system, ended: EndedSessions? = nil, logger: Logger
    ) {
        self.ended = ended
        self.database = database
        self.clock = clock
        self.logger = logger
    }

    package func keep(session id: String, _ body: [UInt8]) async -> Bool {
        await isDone {
            try $0.execute(
                "INSERT INTO openSession (id, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                [id, body])
        }
    }

    package func put(_ notification: SessionNotification?, ending session: String?) async -> Bool {
        let (time, quality) = (clock.now(), clock.quality())
        return await isDone { db in
            if let notification { try db.insert(notification, at: time, quality) }
            if let session { try db.execute("DELETE FROM openSession WHERE id = ?", [session]) }
        }
    }

    package func leftOpen() async -> [(id: String, body: [UInt8])] {
        do {
            let rows = try await database.read { db in
                try db.all("SELECT id, body FROM openSession ORDER BY id LIMIT \(Self.mostSessions)") { row in
                    (id: try row["id"] as String, body: try row["body"] as [UInt8])
                }
            }
            let ended = Set(ended?.all ?? [])
            await forget(ended)
            return rows.filter { !ended.contains($0.id) }
        } catch {
            logger.warning("open sessions cannot be read", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// What is over for the broker is over for the store, too, as soon as it can be written.
    private func forget(_ ended: Set<String>) async {
        guard !ended.isEmpty else { return }
        let isForgotten = await isDone { db in
            for id in ended { try db.execute("DELETE FROM openSession WHERE id = ?", [id]) }
        }
        if isForgotten { await self.ended?.forget(Array(ended)) }
    }

    private func isDone(_ work: @escaping @Sendable (SQLiteConnection) throws -> Void) async -> Bool {
        (try? await database.write(.powerCut, work)) != nil
    }
}
