// How long a search among faces takes, and what they take of memory: `swift run -c release FaceBenchmark [faces]`.
// One thread; the best of many runs, because other programs only ever make a run slower.

import Base
import Faces
import Foundation
import Kernels
import Logging

/// Keeps nothing.
struct NoArchive: FaceArchive {
    func collections() async throws -> [ArchivedCollection] { [] }
    func faces(of id: CollectionID, after: FaceID?, limit: Int) async throws -> [StoredFace] { [] }
    func picture(ofFace face: FaceID, in id: CollectionID) async throws -> [UInt8]? { nil }
    func save(_ collection: FaceCollection) async throws {}
    func delete(_ id: CollectionID) async throws {}
    func add(_ faces: [StoredFace], users: [FaceUserID], to id: CollectionID, model: FaceModel) async throws {}
    func faces(addedBefore time: WallTime) async throws -> [CollectionID: [FaceID]] { [:] }
    func deleteFaces(_ ids: [FaceID], users: [FaceUserID], from id: CollectionID) async throws {}
    func addUser(_ user: FaceUserID, to id: CollectionID) async throws {}
    func deleteUser(_ user: FaceUserID, from id: CollectionID) async throws {}
    func assign(_ faces: [FaceID], to user: FaceUserID?, in id: CollectionID) async throws {}
}

func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { $0.split(separator: " ").compactMap { Int($0) }.first } ?? 0
}

func vector(_ generator: inout SystemRandomNumberGenerator) -> FaceVector? {
    FaceVector(
        (0..<256).map { _ in (0..<4).reduce(Float(-2)) { sum, _ in sum + Float.random(in: 0...1, using: &generator) } })
}

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
var generator = SystemRandomNumberGenerator()
guard let id = CollectionID("benchmark"), let name = ExternalImageID("somebody"), let query = vector(&generator),
    let curve = SimilarityCurve(slope: 32.1, middle: 0.387)
else { exit(70) }
let model = FaceModel(identity: "benchmark", dimension: 256, similarity: curve)
let registry = CollectionRegistry(NoArchive(), logger: Logger(label: "benchmark"))
/// A collection of so many strangers.
@MainActor func fill(_ id: CollectionID, _ count: Int) async throws {
    _ = try await registry.create(id, tags: [:])
    for begin in stride(from: 0, to: count, by: 500) {
        let faces = (begin..<min(count, begin + 500)).compactMap { _ in
            vector(&generator).map { vector in
                StoredFace(
                    face: IndexedFace(
                        id: .random(), imageID: .random(), externalImageID: name, box: .full, confidence: .half),
                    vector: vector)
            }
        }
        _ = try await registry.restore(faces, into: id, from: model)
    }
}

// What the first faces take is the program's own: code and the way of a batch.
if let first = CollectionID("first") { try await fill(first, 500) }
let before = residentKilobytes()
try await fill(id, count)
let kilobytes = residentKilobytes() - before
var best = Duration.seconds(60)
let clock = ContinuousClock()
for _ in 0..<200 {
    best = min(best, clock.measure { _ = registry.matches(of: query, from: model, in: id, atLeast: 80, limit: 10) })
}
let (seconds, attoseconds) = best.components
let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
print(
    "\(count) faces of 256 numbers, \(KernelTable.best.name): a search takes \(milliseconds) ms, resident \(kilobytes) KB"
)
