package import Base
import Dispatch
package import Logging
import Runtime
import Synchronization

/// Collections of faces in a SQLite file of their own, which is made with the first of them. What it deletes is overwritten in
/// the file and gone from its log before the caller hears of it.
package final class FaceStore: FaceArchive {
    private struct State: Sendable {
        var database: Database?
        /// Something was deleted whose traces could not be removed yet.
        var hasTraces = false
    }

    private let file: StoreFile
    let now: @Sendable () -> WallTime
    private let state: Mutex<State>
    private let turns = AsyncLock()
    /// Opening blocks.
    private let disk = DispatchQueue(label: "faces")
    private let logger: Logger

    private init(_ file: StoreFile, _ database: Database?, _ now: @escaping @Sendable () -> WallTime, _ logger: Logger)
    {
        self.file = file
        self.now = now
        state = Mutex(State(database: database))
        self.logger = logger
    }

    /// Opens `<directory>/faces.sqlite` if it is there.
    /// - Throws: `tooNew`, and `system` or `sqlite` when the file cannot even be read.
    package static func opening(
        in directory: String, now: @escaping @Sendable () -> WallTime = { .now() }, logger: Logger
    ) throws(StoreError) -> FaceStore {
        let file = StoreFile(directory: directory, schema: .faces)
        let database = file.isThere ? try Database.opening(file, orItsCopy: logger) : nil
        return FaceStore(file, database, now, logger)
    }

    /// Why it cannot be written; nil when all is well, and while there is no file.
    package var trouble: StoreError? { database?.trouble }

    /// How often a damaged file was laid aside since the start; what it held is to be kept again then.
    package var renewals: Int { database?.renewals ?? 0 }

    var database: Database? { state.withLock(\.database) }

    /// The file; made when there is none.
    func made() async throws(StoreError) -> Database {
        await turns.lock()
        defer { turns.unlock() }
        if let database { return database }
        let outcome = await withCheckedContinuation { done in
            disk.async { [file, logger] in
                do throws(StoreError) {
                    done.resume(returning: Result<_, StoreError>.success(try Database.opening(file, orItsCopy: logger)))
                } catch {
                    done.resume(returning: .failure(error))
                }
            }
        }
        let database = try outcome.get()
        state.withLock { $0.database = database }
        return database
    }

    /// While the file cannot be written, or still has traces of what was deleted: tries again. To be called each second.
    package func recover() async {
        guard let database else { return }
        await database.probe()
        if state.withLock(\.hasTraces) { await wipeTraces(of: database) }
    }

    // MARK: - Reading

    package func collections() async throws -> [ArchivedCollection] {
        guard let database else { return [] }
        return try await database.read { db in
            try db.all(
                """
                SELECT *, (SELECT count(*) FROM face WHERE collection = collection.id) AS faces FROM collection
                ORDER BY id
                """
            ) { row in
                let users = try db.all(
                    "SELECT id FROM person WHERE collection = ? ORDER BY id", [try row["id"] as String]
                ) { try $0[0] as String }
                return try ArchivedCollection(row, users: users.compactMap(FaceUserID.init))
            }.compactMap(\.self)
        }
    }

    package func faces(of id: CollectionID, after: FaceID?, limit: Int) async throws -> [StoredFace] {
        guard let database else { return [] }
        return try await database.read { db in
            try db.all(
                "SELECT * FROM face WHERE collection = ? AND id > ? ORDER BY id LIMIT ?",
                [id.text, after?.text ?? "", limit], StoredFace.init
            ).compactMap(\.self)
        }
    }

    package func picture(ofFace face: FaceID, in id: CollectionID) async throws -> [UInt8]? {
        guard let database else { return nil }
        return try await database.read { db in
            try db.value(
                "SELECT thumbnail FROM face WHERE collection = ? AND id = ? AND thumbnail IS NOT NULL",
                [id.text, face.text])
        }
    }

    // MARK: - Writing

    package func save(_ collection: FaceCollection) async throws {
        let (id, tags, model) = (collection.id.text, collection.tagsJSON, collection.model)
        try await made().write(.powerCut) { db in
            try db.execute(
                """
                INSERT INTO collection (id, created, tags) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET tags = excluded.tags
                """, [id, collection.createdAt.milliseconds, tags])
            if let model { try db.set(model, of: collection.id) }
        }
    }

    package func delete(_ id: CollectionID) async throws {
        try await deleting { db in
            try db.execute("DELETE FROM collection WHERE id = ?", [id.text])
        }
    }

    package func add(_ faces: [StoredFace], users: [FaceUserID], to id: CollectionID, model: FaceModel) async throws {
        let today = now()
        let added = today.isPlausible ? today.milliseconds : 0
        try await made().write(.powerCut) { db in
            try db.set(model, of: id)
            for user in users {
                try db.execute("INSERT INTO person VALUES (?, ?)", [id.text, user.text])
            }
            for face in faces { try face.insert(into: db, of: id, added: added) }
        }
    }

    package func deleteFaces(_ ids: [FaceID], users: [FaceUserID], from id: CollectionID) async throws {
        try await deleting { db in
            for face in ids {
                try db.execute("DELETE FROM face WHERE collection = ? AND id = ?", [id.text, face.text])
            }
            for user in users {
                try db.execute("DELETE FROM person WHERE collection = ? AND id = ?", [id.text, user.text])
            }
        }
    }

    package func addUser(_ user: FaceUserID, to id: CollectionID) async throws {
        try await made().write(.powerCut) { db in
            try db.execute("INSERT INTO person VALUES (?, ?)", [id.text, user.text])
        }
    }

    package func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws {
        try await deleting { db in
            try db.execute(
                "UPDATE face SET person = NULL WHERE collection = ? AND person = ?",
                [id.text, user.text])
            try db.execute("DELETE FROM person WHERE collection = ? AND id = ?", [id.text, user.text])
        }
    }

    package func assign(_ faces: [FaceID], to user: FaceUserID?, in id: CollectionID) async throws {
        try await deleting { db in
            for face in faces {
                try db.execute(
                    "UPDATE face SET person = ? WHERE collection = ? AND id = ?",
                    [user?.text, id.text, face.text])
            }
        }
    }

    /// A write that leaves nothing of what it takes away.
    func deleting(_ work: @escaping @Sendable (SQLiteConnection) throws -> Void) async throws {
        guard let database else { return }
        try await database.write(.powerCut, work)
        await wipeTraces(of: database)
    }

    /// What cannot be done now is done by `recover`.
    func wipeTraces(of database: Database) async {
        do {
            try await database.wipeTraces()
            state.withLock { $0.hasTraces = false }
        } catch {
            let isNews = state.withLock { state in
                defer { state.hasTraces = true }
                return !state.hasTraces
            }
            if isNews {
                logger.warning(
                    "deleted faces are still in the database's log; it is emptied as soon as that is possible",
                    metadata: ["error": "\(error)"])
            }
        }
    }
}

extension SQLiteConnection {
    fileprivate func set(_ model: FaceModel, of id: CollectionID) throws {
        try execute(
            "UPDATE collection SET model = ?, dimension = ?, slope = ?, middle = ? WHERE id = ?",
            [
                model.identity, model.dimension, model.similarity.slope, model.similarity.middle, id.text,
            ])
    }
}
