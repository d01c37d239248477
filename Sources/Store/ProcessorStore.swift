package import Base
import FoundationEssentials
package import Logging

/// Stream processors on disk: what `save` has returned from survives a power cut.
package struct ProcessorStore: ProcessorArchive {
    fileprivate static let everHeld = "processorsEverHeld"
    private static let everSeen = "camerasEverSeen"

    private static func seen(_ camera: CameraName) -> String { "cameraSeen:\(camera)" }

    private let database: Database
    private let logger: Logger

    package init(_ database: Database, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// By name. A row that cannot be read is left out and logged: one bad row must not stop the others.
    package func load() async throws -> [ArchivedProcessor] {
        let rows = try await database.read { db in
            try db.all("SELECT name, body FROM processor ORDER BY name") { row in
                (name: try row["name"] as String, body: try row["body"] as Data)
            }
        }
        return rows.compactMap { row in
            do {
                return try JSONDecoder().decode(ArchivedProcessor.self, from: row.body)
            } catch {
                logger.error(
                    "a stored stream processor cannot be read and is left out",
                    metadata: ["processor": "\(row.name)", "error": "\(error)"])
                return nil
            }
        }
    }

    package func save(_ processor: ArchivedProcessor) async throws {
        let body = try JSONEncoder().encode(processor)
        let name = processor.description.definition.name.text
        try await database.write(.powerCut) { db in try db.save(processor: name, body) }
    }

    package func delete(_ name: ProcessorName) async throws {
        try await database.write(.powerCut) { db in
            try db.execute("DELETE FROM processor WHERE name = ?", [name.text])
        }
    }

    package func unseen(among cameras: [CameraName]) async throws -> [CameraName] {
        try await database.read { db in
            // A store that held processors before cameras were noted: its owner may have deleted what is missing.
            if try db.counter(Self.everHeld) > 0, try db.counter(Self.everSeen) == 0 { return [] }
            return try cameras.filter { try db.counter(Self.seen($0)) == 0 }
        }
    }

    package func noteSeen(_ cameras: [CameraName]) async throws {
        let new = try await database.read { db in try cameras.filter { try db.counter(Self.seen($0)) == 0 } }
        guard !new.isEmpty else { return }
        try await database.write(.powerCut) { db in
            try db.addToCounter(Self.everSeen, 1)
            for camera in new { try db.addToCounter(Self.seen(camera), 1) }
        }
    }
}

extension SQLiteConnection {
    /// - Parameter body: JSON of `ArchivedProcessor`.
    func save(processor name: String, _ body: Data) throws {
        try execute(
            "INSERT INTO processor (name, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
            [name, body])
        try addToCounter(ProcessorStore.everHeld, 1)
    }

    /// Numbers that outlive restarts.
    func counter(_ name: String) throws -> Int {
        try value("SELECT value FROM counter WHERE name = ?", [name]) ?? 0
    }

    func addToCounter(_ name: String, _ amount: Int) throws {
        try execute(
            """
            INSERT INTO counter (name, value) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET value = min(value + excluded.value, 9007199254740991)
            """, [name, amount])
    }
}
