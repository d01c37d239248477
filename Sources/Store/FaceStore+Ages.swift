package import Base

extension FaceStore {
    /// A face that was added before the clock was set, or by a version that kept no times, is as old as the first question;
    /// so is one from the future, since the clock was wrong then.
    package func faces(addedBefore time: WallTime) async throws -> [CollectionID: [FaceID]] {
        guard let database else { return [:] }
        let (today, least) = (now().milliseconds, WallTime.earliestPlausible.milliseconds)
        let unknown = try await database.read { db in
            try db.value(
                "SELECT count(*) FROM face WHERE added < ? OR added > ?", [least, today]) as Int? ?? 0
        }
        if unknown > 0 {
            try await database.write(.crash) { db in
                try db.execute("UPDATE face SET added = ? WHERE added < ? OR added > ?", [today, least, today])
            }
        }
        return try await database.read { db in
            var old: [CollectionID: [FaceID]] = [:]
            var rows = try db.cursor(
                "SELECT collection, id FROM face WHERE added < ? ORDER BY id", [time.milliseconds])
            while try rows.next() {
                guard let collection = CollectionID(try rows["collection"] as String),
                    let id = FaceID(try rows["id"] as String)
                else { continue }
                old[collection, default: []].append(id)
            }
            return old
        }
    }
}
