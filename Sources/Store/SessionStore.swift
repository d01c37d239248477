package import Base
import FoundationEssentials
import GRDB
package import Logging

/// Open sessions on disk. One row per session, written when it opens and with the first sight of each label.
package struct SessionStore: SessionArchive {
    /// More than a box has cameras, many times over.
    private static let mostSessions = 1000

    private let database: Database
    private let logger: Logger

    package init(_ database: Database, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    package func keep(session id: String, _ body: [UInt8]) async {
        await trying("kept") {
            try await database.write(.powerCut) { db in
                try db.execute(
                    sql:
                        "INSERT INTO openSession (id, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                    arguments: [id, Data(body)])
            }
        }
    }

    package func forget(session id: String) async {
        await trying("closed") {
            try await database.write(.crash) { db in
                try db.execute(sql: "DELETE FROM openSession WHERE id = ?", arguments: [id])
            }
        }
    }

    package func leftOpen() async -> [(id: String, body: [UInt8])] {
        var sessions: [(id: String, body: [UInt8])] = []
        await trying("read") {
            sessions = try await database.read { db in
                try Row.fetchAll(db, sql: "SELECT id, body FROM openSession ORDER BY id LIMIT \(Self.mostSessions)")
                    .map { (id: $0["id"] as String, body: [UInt8]($0["body"] as Data)) }
            }
        }
        return sessions
    }

    private func trying(_ what: String, _ work: () async throws -> Void) async {
        do { try await work() } catch {
            logger.warning("an open session cannot be \(what)", metadata: ["error": "\(error)"])
        }
    }
}
