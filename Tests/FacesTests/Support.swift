import Base
import Faces
import Logging
import Synchronization
import TestSupport
import Testing

let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

/// A disk in memory; what it has said yes to is there.
final class MemoryArchive: FaceArchive {
    struct Full: Error {}
    struct Kept {
        var collection: FaceCollection
        var users: Set<FaceUserID> = []
        var faces: [FaceID: StoredFace] = [:]
    }

    let kept = Mutex<[CollectionID: Kept]>([:])
    let isFull = Mutex(false)

    private func write(_ work: (inout [CollectionID: Kept]) -> Void) throws {
        if isFull.withLock({ $0 }) { throw Full() }
        kept.withLock { work(&$0) }
    }

    func collections() async throws -> [ArchivedCollection] {
        kept.withLock { all in
            all.values.map { kept in
                var collection = kept.collection
                collection.faceCount = kept.faces.count
                return ArchivedCollection(collection: collection, users: Array(kept.users))
            }
        }
    }

    func faces(of id: CollectionID, after: FaceID?, limit: Int) async throws -> [StoredFace] {
        kept.withLock { all in
            let faces = all[id]?.faces.values.sorted { $0.face.id < $1.face.id } ?? []
            return Array(faces.drop { face in after.map { face.face.id <= $0 } ?? false }.prefix(limit))
        }
    }

    func save(_ collection: FaceCollection) async throws {
        try write { $0[collection.id, default: Kept(collection: collection)].collection = collection }
    }

    func delete(_ id: CollectionID) async throws { try write { $0[id] = nil } }

    func add(_ faces: [StoredFace], users: [FaceUserID], to id: CollectionID, model: FaceModel) async throws {
        try write { all in
            all[id]?.collection.model = model
            all[id]?.users.formUnion(users)
            for face in faces { all[id]?.faces[face.face.id] = face }
        }
    }

    func deleteFaces(_ ids: [FaceID], from id: CollectionID) async throws {
        try write { all in for face in ids { all[id]?.faces[face] = nil } }
    }

    func addUser(_ user: FaceUserID, to id: CollectionID) async throws {
        try write { _ = $0[id]?.users.insert(user) }
    }

    func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws {
        try write { all in
            all[id]?.users.remove(user)
            for (face, stored) in all[id]?.faces ?? [:] where stored.face.userID == user {
                all[id]?.faces[face]?.face.userID = nil
            }
        }
    }

    func assign(_ faces: [FaceID], to user: FaceUserID?, in id: CollectionID) async throws {
        try write { all in for face in faces { all[id]?.faces[face]?.face.userID = user } }
    }
}

/// Vectors of people: each person has a direction, each picture of the person is a little beside it.
struct People {
    var generator = SplitMix(seed: 11)
    let dimension: Int

    init(dimension: Int = 256) { self.dimension = dimension }

    private mutating func noise() -> [Float] {
        (0..<dimension).map { _ in
            // Twelve even numbers make one that is nearly normal.
            (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0...1, using: &generator) }
        }
    }

    mutating func person() throws -> FaceVector { try #require(FaceVector(noise())) }

    /// - Parameter cosine: about how near it is to the person.
    mutating func picture(of person: FaceVector, cosine: Float) throws -> FaceVector {
        let other = try #require(FaceVector(noise()))
        let across = (1 - cosine * cosine).squareRoot()
        return try #require(FaceVector(zip(person.values, other.values).map { cosine * $0 + across * $1 }))
    }
}

func model(_ identity: String = "embedder 1", dimension: Int = 256) throws -> FaceModel {
    FaceModel(
        identity: identity, dimension: dimension,
        similarity: try #require(SimilarityCurve(slope: 32.1, middle: 0.387)))
}

/// A face as the networks find it; a good one unless said otherwise.
func face(
    _ vector: FaceVector?, pixels: Int = 120, confidence: Double = 99, yaw: Double = 0, brightness: Double = 60,
    sharpness: Double = 70, isColor: Bool = true
) throws -> Face {
    Face(
        box: try #require(NormalizedBox(left: 0.1, top: 0.2, width: 0.3, height: 0.4)),
        confidence: try #require(Confidence(percent: confidence)), landmarks: .none,
        pose: FacePose(yaw: yaw, pitch: 0, roll: 0),
        quality: FaceQuality(brightness: brightness, sharpness: sharpness, isColor: isColor), pixels: pixels,
        vector: vector)
}

func collectionID(_ text: String = "family") throws -> CollectionID { try #require(CollectionID(text)) }
func userID(_ text: String) throws -> FaceUserID { try #require(FaceUserID(text)) }
