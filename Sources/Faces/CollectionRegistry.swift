package import Base
package import Logging
import Runtime
import Synchronization

/// All collections of faces: in memory for searching, in an archive for keeping. Changes come one after the other and reach the
/// archive first; searches wait for nobody.
package final class CollectionRegistry: FaceCollections {
    /// As many as there may be; a face takes 308 bytes of memory with 256 numbers.
    package struct Limits: Sendable {
        package var collections = 100
        /// In all collections together.
        package var faces = 50_000
        /// Of one collection.
        package var users = 10_000
        /// AWS's own.
        package var facesOfUser = 100
        package var tags = 200

        package init() {}
    }

    private let archive: any FaceArchive
    private let limits: Limits
    private let now: @Sendable () -> WallTime
    let state: Mutex<[CollectionID: CollectionContents]>
    /// For changes, one after the other.
    private let turns = AsyncLock()
    private let logger: Logger

    private static let page = 500

    private init(
        _ archive: any FaceArchive, _ collections: [CollectionID: CollectionContents], _ limits: Limits,
        _ now: @escaping @Sendable () -> WallTime, _ logger: Logger
    ) {
        self.archive = archive
        self.limits = limits
        self.now = now
        self.logger = logger
        state = Mutex(collections)
    }

    /// Of an archive that holds nothing.
    package convenience init(_ empty: any FaceArchive, logger: Logger) {
        self.init(empty, [:], Limits(), { .now() }, logger)
    }

    /// Reads what the archive holds.
    package static func opening(
        _ archive: any FaceArchive, limits: Limits = Limits(), now: @escaping @Sendable () -> WallTime = { .now() },
        logger: Logger
    ) async throws(FaceCollectionError) -> CollectionRegistry {
        do {
            var collections: [CollectionID: CollectionContents] = [:]
            for archived in try await archive.collections() {
                collections[archived.collection.id] = try await contents(archived, archive)
            }
            return CollectionRegistry(archive, collections, limits, now, logger)
        } catch {
            throw .internalFailure("The collections of faces cannot be read: \(error)")
        }
    }

    private static func contents(
        _ archived: ArchivedCollection, _ archive: any FaceArchive
    ) async throws -> CollectionContents {
        var contents = CollectionContents(archived)
        contents.faces.reserve(archived.collection.faceCount)
        var last: FaceID?
        while true {
            let page = try await archive.faces(of: contents.id, after: last, limit: Self.page)
            for stored in page { contents.faces.append(stored.face, stored.vector) }
            guard page.count == Self.page, let end = page.last else { return contents }
            last = end.face.id
        }
    }

    // MARK: - Collections

    package func create(
        _ id: CollectionID, tags: [String: String]
    ) async throws(FaceCollectionError) -> FaceCollection {
        await turns.lock()
        defer { turns.unlock() }
        let count = state.withLock { $0[id] == nil ? $0.count : nil }
        guard let count else { throw .alreadyExists("The collection id: \(id) already exists") }
        guard count < limits.collections else {
            throw .quotaExceeded("There are \(count) collections, as many as there may be; delete one first.")
        }
        let made = FaceCollection(id: id, createdAt: now(), tags: tags, model: nil)
        try await kept { try await $0.save(made) }
        state.withLock { $0[id] = CollectionContents(ArchivedCollection(collection: made, users: [])) }
        return made
    }

    package func describe(_ id: CollectionID) throws(FaceCollectionError) -> FaceCollection {
        try contents(of: id).facts
    }

    package func list() -> [FaceCollection] {
        state.withLock { $0.values.map(\.facts) }.sorted { $0.id < $1.id }
    }

    package func delete(_ id: CollectionID) async throws(FaceCollectionError) {
        try await change(id) { _, archive in try await archive.delete(id) }
        state.withLock { $0[id] = nil }
    }

    package func tag(_ id: CollectionID, with tags: [String: String]) async throws(FaceCollectionError) {
        let all = try contents(of: id).tags.merging(tags) { _, new in new }
        guard all.count <= limits.tags else {
            throw .quotaExceeded("A collection has at most \(limits.tags) tags.")
        }
        try await setTags(of: id) { $0.merge(tags) { _, new in new } }
    }

    package func untag(_ id: CollectionID, keys: [String]) async throws(FaceCollectionError) {
        try await setTags(of: id) { tags in for key in keys { tags[key] = nil } }
    }

    private func setTags(
        of id: CollectionID, _ edit: @Sendable (inout [String: String]) -> Void
    ) async throws(FaceCollectionError) {
        try await change(id) { contents, archive in
            edit(&contents.tags)
            try await archive.save(contents.facts)
        }
    }

    /// Writes everything into an archive that was begun anew, since its file was damaged.
    package func keepAgain() async {
        await turns.lock()
        defer { turns.unlock() }
        for (id, contents) in state.withLock({ $0 }) {
            let stored = contents.storedFaces
            _ = try? await kept { archive in
                try await archive.save(contents.facts)
                let owners = Set(stored.compactMap(\.face.userID))
                for user in contents.users where !owners.contains(user) { try await archive.addUser(user, to: id) }
                if let model = contents.model, !stored.isEmpty {
                    try await archive.add(stored, users: owners.sorted(), to: id, model: model)
                }
            }
        }
    }

    // MARK: - Changes

    /// One change: the archive first, then memory. The others wait.
    func change<Answer: Sendable>(
        _ id: CollectionID,
        _ work: (inout CollectionContents, any FaceArchive) async throws -> Answer
    ) async throws(FaceCollectionError) -> Answer {
        await turns.lock()
        defer { turns.unlock() }
        var contents = try contents(of: id)
        let answer = try await kept { try await work(&contents, $0) }
        state.withLock { $0[id] = contents }
        return answer
    }

    func kept<Answer: Sendable>(
        _ work: (any FaceArchive) async throws -> Answer
    ) async throws(FaceCollectionError) -> Answer {
        do {
            return try await work(archive)
        } catch let error as FaceCollectionError {
            throw error
        } catch {
            logger.error("a change of a collection of faces could not be kept", metadata: ["error": "\(error)"])
            throw .internalFailure("The change was not made, since it cannot be kept: \(error)")
        }
    }

    func contents(of id: CollectionID) throws(FaceCollectionError) -> CollectionContents {
        guard let contents = state.withLock({ $0[id] }) else {
            throw .notFound("The collection id: \(id) does not exist")
        }
        return contents
    }

    /// - Throws: `quotaExceeded` when there is no room for so many more faces.
    func checkRoom(for more: Int) throws(FaceCollectionError) {
        let count = state.withLock { $0.values.reduce(0) { $0 + $1.faces.count } }
        guard count + more <= limits.faces else {
            throw .quotaExceeded(
                "There are \(count) faces; with \(more) more they were over the \(limits.faces) that there may be. Delete some "
                    + "first.")
        }
    }

    /// - Throws: `quotaExceeded` when there is no room for so many more users.
    func checkUsers(_ contents: CollectionContents, more: Int) throws(FaceCollectionError) {
        guard contents.users.count + more <= limits.users else {
            throw .quotaExceeded(
                "Collection \(contents.id) has \(contents.users.count) users; there may be \(limits.users).")
        }
    }

    /// Faces that one user may have.
    var mostFacesOfUser: Int { limits.facesOfUser }

    package func storedFaces(
        in id: CollectionID, after: FaceID?, limit: Int
    ) async throws(FaceCollectionError) -> [StoredFace] {
        _ = try contents(of: id)
        return try await kept { try await $0.faces(of: id, after: after, limit: max(0, min(limit, Self.page))) }
    }

    package func picture(
        ofFace face: FaceID, in id: CollectionID
    ) async throws(FaceCollectionError) -> [UInt8]? {
        guard try contents(of: id).faces.index(of: face) != nil else { return nil }
        return try await kept { try await $0.picture(ofFace: face, in: id) }
    }
}
