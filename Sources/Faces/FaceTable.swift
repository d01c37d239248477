import Base

/// The faces of a collection: a row and a vector for each, in the same order.
struct FaceTable: Sendable {
    private(set) var rows: [FaceRow] = []
    private var vectors: VectorBlock
    private var externalImageIDs = NameTable<ExternalImageID>()
    private var users = NameTable<FaceUserID>()

    private static let growth = 128

    init(dimension: Int) { vectors = VectorBlock(dimension: dimension) }

    var count: Int { rows.count }

    mutating func reserve(_ count: Int) {
        if rows.capacity < count { rows.reserveCapacity(count) }
    }

    /// Faces beyond 65,535 names lose theirs; collections are smaller.
    mutating func append(_ face: IndexedFace, _ vector: FaceVector) {
        if rows.capacity == rows.count { rows.reserveCapacity(rows.count + Self.growth) }
        rows.append(row(of: face))
        vectors.append(vector)
    }

    private mutating func row(of face: IndexedFace) -> FaceRow {
        FaceRow(
            face, externalImageID: face.externalImageID.flatMap { externalImageIDs.number(of: $0) } ?? 0,
            user: face.userID.flatMap { users.number(of: $0) } ?? 0)
    }

    func face(at index: Int) -> IndexedFace? {
        guard rows.indices.contains(index) else { return nil }
        let row = rows[index]
        return row.face(externalImageID: externalImageIDs.name(row.externalImageID), userID: users.name(row.user))
    }

    func index(of id: FaceID) -> Int? { rows.firstIndex { $0.id == id } }

    /// Where each of these is; unknown ones are left out.
    func indices(of ids: Set<FaceID>) -> [FaceID: Int] {
        var found: [FaceID: Int] = [:]
        for (index, row) in rows.enumerated() where ids.contains(row.id) { found[row.id] = index }
        return found
    }

    func user(at index: Int) -> FaceUserID? { rows.indices.contains(index) ? users.name(rows[index].user) : nil }

    func indices(of user: FaceUserID) -> [Int] {
        guard let number = users.known(user) else { return [] }
        return rows.indices.filter { rows[$0].user == number }
    }

    /// Faces of each user that has some.
    var countsByUser: [FaceUserID: Int] {
        var counts: [FaceUserID: Int] = [:]
        for row in rows { if let user = users.name(row.user) { counts[user, default: 0] += 1 } }
        return counts
    }

    mutating func assign(_ indices: [Int], to user: FaceUserID?) {
        let number = user.flatMap { users.number(of: $0) } ?? 0
        for index in indices where rows.indices.contains(index) { rows[index].user = number }
    }

    /// The same without some faces; names that nobody has any more are gone, too.
    func without(_ gone: Set<FaceID>, user: FaceUserID? = nil) -> FaceTable {
        var kept = FaceTable(dimension: vectors.dimension)
        kept.reserve(rows.count)
        for (index, row) in rows.enumerated() where !gone.contains(row.id) {
            guard var face = face(at: index) else { continue }
            if face.userID == user { face.userID = nil }
            kept.rows.append(kept.row(of: face))
            kept.vectors.append(row: index, of: vectors)
        }
        return kept
    }

    func numbers(at index: Int) -> [Float] { vectors.numbers(ofRow: index) }

    /// The cosine of each face with the query.
    func cosines(with query: [Float]) -> [Float] { vectors.cosines(with: query) }
}
