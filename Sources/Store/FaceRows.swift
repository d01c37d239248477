import Base

/// Collections and faces as rows.
extension ArchivedCollection {
    /// Nil for a row that no version of this program has written.
    init?(_ row: borrowing SQLiteCursor, users: [FaceUserID]) throws(SQLiteError) {
        let tags: String = try row["tags"]
        guard let id = CollectionID(try row["id"] as String), let json = try? JSONParser.parse(Array(tags.utf8))
        else { return nil }
        let model = try FaceModel(row)
        self.init(
            collection: FaceCollection(
                id: id, createdAt: WallTime(milliseconds: try row["created"]),
                tags: (json.object ?? [:]).compactMapValues(\.string), model: model, faceCount: try row["faces"],
                userCount: users.count), users: users)
    }
}

extension FaceModel {
    /// Nil for a row without one.
    fileprivate init?(_ row: borrowing SQLiteCursor) throws(SQLiteError) {
        guard let identity = try row["model"] as String?, let dimension = try row["dimension"] as Int?,
            let slope = try row["slope"] as Double?, let middle = try row["middle"] as Double?,
            let curve = SimilarityCurve(slope: slope, middle: middle)
        else { return nil }
        self.init(identity: identity, dimension: dimension, similarity: curve)
    }
}

extension KeptStranger {
    /// Nil for a row that no version of this program has written.
    init?(_ row: borrowing SQLiteCursor) throws(SQLiteError) {
        guard let model = try FaceModel(row), let vector = FaceVector(littleEndian: try row["vector"]),
            vector.values.count == model.dimension
        else { return nil }
        self.init(
            id: try row["id"], vector: vector, model: model, visits: try row["visits"],
            met: WallTime(milliseconds: try row["met"]))
    }

    func save(in db: SQLiteConnection) throws {
        try db.execute(
            "INSERT OR REPLACE INTO stranger VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                id, model.identity, model.dimension, model.similarity.slope, model.similarity.middle,
                vector.littleEndian, visits, met.milliseconds,
            ])
    }
}

extension FaceCollection {
    var tagsJSON: String {
        String(decoding: JSONValue.object(tags.mapValues(JSONValue.string)).jsonBytes, as: UTF8.self)
    }
}

extension StoredFace {
    /// Nil for a row that no version of this program has written.
    init?(_ row: borrowing SQLiteCursor) throws(SQLiteError) {
        guard let id = FaceID(try row["id"] as String), let imageID = FaceID(try row["imageID"] as String),
            let box = NormalizedBox(
                left: try row["x"], top: try row["y"], width: try row["width"], height: try row["height"]),
            let vector = FaceVector(littleEndian: try row["vector"])
        else { return nil }
        let face = IndexedFace(
            id: id, imageID: imageID,
            externalImageID: (try row["externalImageID"] as String?).flatMap(ExternalImageID.init),
            userID: (try row["person"] as String?).flatMap(FaceUserID.init), box: box,
            confidence: Confidence(clamping: Float(try row["confidence"] as Double)))
        self.init(face: face, vector: vector, thumbnail: try row["thumbnail"])
    }

    /// - Parameter added: milliseconds; 0: not known.
    func insert(into db: SQLiteConnection, of collection: CollectionID, added: Int64) throws {
        try db.execute(
            """
            INSERT INTO face (
                collection, id, imageID, externalImageID, person, x, y, width, height, confidence, vector, thumbnail,
                added
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                collection.text, face.id.text, face.imageID.text, face.externalImageID?.text, face.userID?.text,
                face.box.left, face.box.top, face.box.width, face.box.height, Double(face.confidence.value),
                vector.littleEndian, thumbnail,
                added,
            ])
    }
}

extension FaceVector {
    fileprivate var littleEndian: [UInt8] {
        values.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } }
    }

    /// Nil for bytes that are no vector.
    fileprivate init?(littleEndian bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        self.init(
            stride(from: 0, to: bytes.count, by: 4).map { begin in
                Float(bitPattern: bytes[begin..<begin + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
            })
    }
}
