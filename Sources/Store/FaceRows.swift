import Base
import FoundationEssentials
import GRDB

/// Collections and faces as rows.
extension ArchivedCollection {
    /// Nil for a row that no version of this program has written.
    init?(_ row: Row, users: [FaceUserID]) {
        guard let id = CollectionID(row["id"] as String),
            let json = try? JSONParser.parse(Array((row["tags"] as String).utf8))
        else { return nil }
        let model = FaceModel(row)
        self.init(
            collection: FaceCollection(
                id: id, createdAt: WallTime(milliseconds: row["created"]),
                tags: (json.object ?? [:]).compactMapValues(\.string), model: model, faceCount: row["faces"],
                userCount: users.count), users: users)
    }
}

extension FaceModel {
    /// Nil for a row without one.
    fileprivate init?(_ row: Row) {
        guard let identity = row["model"] as String?, let dimension = row["dimension"] as Int?,
            let slope = row["slope"] as Double?, let middle = row["middle"] as Double?,
            let curve = SimilarityCurve(slope: slope, middle: middle)
        else { return nil }
        self.init(identity: identity, dimension: dimension, similarity: curve)
    }
}

extension KeptStranger {
    /// Nil for a row that no version of this program has written.
    init?(_ row: Row) {
        guard let model = FaceModel(row), let vector = FaceVector(littleEndian: [UInt8](row["vector"] as Data)),
            vector.values.count == model.dimension
        else { return nil }
        self.init(
            id: row["id"], vector: vector, model: model, visits: row["visits"],
            met: WallTime(milliseconds: row["met"]))
    }

    func save(in db: GRDB.Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO stranger VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, model.identity, model.dimension, model.similarity.slope, model.similarity.middle,
                Data(vector.littleEndian), visits, met.milliseconds,
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
    init?(_ row: Row) {
        guard let id = FaceID(row["id"] as String), let imageID = FaceID(row["imageID"] as String),
            let box = NormalizedBox(left: row["x"], top: row["y"], width: row["width"], height: row["height"]),
            let vector = FaceVector(littleEndian: [UInt8](row["vector"] as Data))
        else { return nil }
        let face = IndexedFace(
            id: id, imageID: imageID,
            externalImageID: (row["externalImageID"] as String?).flatMap(ExternalImageID.init),
            userID: (row["person"] as String?).flatMap(FaceUserID.init), box: box,
            confidence: Confidence(clamping: Float(row["confidence"] as Double)))
        self.init(face: face, vector: vector, thumbnail: (row["thumbnail"] as Data?).map { [UInt8]($0) })
    }

    /// - Parameter added: milliseconds; 0: not known.
    func insert(into db: GRDB.Database, of collection: CollectionID, added: Int64) throws {
        try db.execute(
            sql: """
                INSERT INTO face (
                    collection, id, imageID, externalImageID, person, x, y, width, height, confidence, vector, thumbnail,
                    added
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                collection.text, face.id.text, face.imageID.text, face.externalImageID?.text, face.userID?.text,
                face.box.left, face.box.top, face.box.width, face.box.height, Double(face.confidence.value),
                Data(vector.littleEndian), thumbnail.map { Data($0) },
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
