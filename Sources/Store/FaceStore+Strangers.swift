package import Base

extension FaceStore {
    /// Those that were kept, the one that was not seen for longest first.
    package func strangers() async throws -> [KeptStranger] {
        guard let database else { return [] }
        return try await database.read { db in
            try db.all("SELECT * FROM stranger ORDER BY met, id", [], KeptStranger.init).compactMap(\.self)
        }
    }

    /// All of it or none.
    package func keep(_ changes: StrangerChanges) async throws {
        guard !changes.isEmpty, !changes.kept.isEmpty || database != nil else { return }
        let database = try await made()
        try await database.write(.powerCut) { db in
            for stranger in changes.kept { try stranger.save(in: db) }
            for id in changes.gone { try db.execute("DELETE FROM stranger WHERE id = ?", [id]) }
        }
        if !changes.gone.isEmpty { await wipeTraces(of: database) }
    }

    /// Nobody is kept any more.
    package func deleteStrangers() async throws {
        guard !(try await strangers()).isEmpty else { return }
        try await deleting { db in try db.execute("DELETE FROM stranger") }
    }
}
