package import Base
import FoundationEssentials
package import Logging

/// Modes on disk: what `save` and `enter` have returned from survives a power cut.
package struct ModeStore: ModeArchive {
    private let database: Database
    private let logger: Logger

    package init(_ database: Database, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// A row that cannot be read is left out and logged.
    package func loadModes() async throws -> (modes: [Mode], current: ModeName?) {
        let rows = try await database.read { db in
            try db.all("SELECT name, isOn, body FROM mode ORDER BY name") { row in
                (name: try row["name"] as String, isOn: try row["isOn"] as Bool, body: try row["body"] as Data)
            }
        }
        var (modes, current): ([Mode], ModeName?) = ([], nil)
        for row in rows {
            do {
                let mode = try JSONDecoder().decode(Mode.self, from: row.body)
                modes.append(mode)
                if row.isOn { current = mode.name }
            } catch {
                logger.error(
                    "a stored mode cannot be read and is left out",
                    metadata: ["mode": "\(row.name)", "error": "\(error)"])
            }
        }
        return (modes, current)
    }

    package func save(_ mode: Mode) async throws {
        let body = try JSONEncoder().encode(mode)
        try await database.write(.powerCut) { db in
            try db.execute(
                "INSERT INTO mode (name, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                [mode.name.text, body])
        }
    }

    package func delete(_ mode: ModeName) async throws {
        try await database.write(.powerCut) { db in
            try db.execute("DELETE FROM mode WHERE name = ?", [mode.text])
        }
    }

    package func enter(_ mode: ModeName?, _ processors: [ArchivedProcessor]) async throws {
        let rows = try processors.map { processor in
            (name: processor.description.definition.name.text, body: try JSONEncoder().encode(processor))
        }
        try await database.write(.powerCut) { db in
            for row in rows { try db.save(processor: row.name, row.body) }
            try db.execute("UPDATE mode SET isOn = 0 WHERE isOn = 1")
            guard let mode else { return }
            try db.execute("UPDATE mode SET isOn = 1 WHERE name = ?", [mode.text])
        }
    }
}
