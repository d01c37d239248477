import Base
import Interpret
import Synchronization
import Testing

/// A collection in which a test says who is like whom: the first number of a vector names the match.
final class ScriptedFaces: FaceSearching {
    private let people = Mutex<[Float: [(name: String, similarity: Double)]]>([:])

    /// Whoever has a face with this number is like these, from now on.
    func say(_ number: Float, _ matches: (name: String, similarity: Double)...) {
        people.withLock { $0[number] = matches }
    }

    func hasCollection(_ id: CollectionID) -> Bool { true }

    func matches(
        of vector: FaceVector, from model: FaceModel, in collection: CollectionID, atLeast similarity: Double,
        limit: Int
    ) -> [FaceMatch] {
        guard let first = vector.values.first, let second = vector.values.dropFirst().first, second > 0 else {
            return []
        }
        let number = (first / second).rounded()
        return people.withLock { $0[number] ?? [] }.filter { $0.similarity >= similarity }.compactMap { person in
            guard let id = FaceID("11111111-1111-4111-8111-111111111111"), let name = ExternalImageID(person.name)
            else {
                return nil
            }
            let face = IndexedFace(
                id: id, imageID: id, externalImageID: name, box: .full, confidence: .half)
            return FaceMatch(face: face, similarity: person.similarity)
        }
    }
}

/// Plays looks at faces to a face search and keeps what it tells.
struct FaceScript {
    let faces = ScriptedFaces()
    let strangers: StrangerMemory
    let processor: ActiveProcessor
    private var analyzer: any Analyzer
    private(set) var events: [Event] = []
    private(set) var records: [FaceRecord] = []
    var now: Int64 = 0
    /// From one look to the next, in milliseconds.
    var interval: Int64 = 200

    init(
        threshold: Double = 80, strangers known: [KeptStranger] = [], why: (any WhyListening)? = nil
    ) throws {
        let ids = Mutex(0)
        let makeID: @Sendable () -> String = {
            ids.withLock { count in
                count += 1
                return "id-\(count)-----"
            }
        }
        strangers = StrangerMemory(known, makeID: makeID)
        let family = try #require(CollectionID("family"))
        let plan = try #require(FaceSearchPlan(collectionID: family, matchThreshold: threshold))
        processor = ActiveProcessor(
            name: try #require(ProcessorName("porch")), camera: try #require(CameraName("front")),
            settings: AnalysisSettings(plan: .faceSearch(plan), revision: 1), sessionID: "session",
            dataSharingOptIn: false, inputARN: "arn:aws:kinesisvideo:local:000000000000:stream/front",
            output: .stream(try #require(DataStreamARN("arn:aws:kinesis:local:000000000000:stream/faces"))))
        analyzer = try #require(
            AnalyzerTable.analyzer(
                for: processor, AnalyzerTools(makeID: makeID, faces: faces, strangers: strangers, why: why)))
    }

    static let model = SimilarityCurve(slope: 32.1, middle: 0.387).map {
        FaceModel(identity: "scripted", dimension: 2, similarity: $0)
    }

    /// One look at these people and these faces.
    @discardableResult
    mutating func look(_ people: [Detection], _ seen: [Face] = []) throws -> [Event] {
        look(people, .seen(FacesSeen(faces: seen, model: try #require(Self.model))))
    }

    @discardableResult
    mutating func look(_ people: [Detection], _ faces: FaceFacts) -> [Event] {
        let facts = LookFacts(
            at: MonotonicTime(nanoseconds: now * 1_000_000), visitors: people, faces: faces)
        now += interval
        let findings = analyzer.analyse(facts, for: processor)
        events += findings.events
        if let record = findings.record { records.append(record) }
        return findings.events
    }

    mutating func looks(_ count: Int, _ people: [Detection], _ seen: [Face] = []) throws {
        for _ in 0..<count { try look(people, seen) }
    }

    mutating func end(_ reason: Event.EndReason) {
        events += analyzer.endAll(reason, at: MonotonicTime(nanoseconds: now * 1_000_000))
    }

    var last: FaceVerdict? { events.last?.face }
}

/// A face at the head of `person()`.
/// - Parameter number: what `ScriptedFaces` knows it by.
func face(
    _ number: Float, x: Double = 0.43, y: Double = 0.42, pixels: Int = 80, yaw: Double = 0, sharpness: Double = 80,
    brightness: Double = 60
) -> Face {
    Face(
        box: NormalizedBox(left: x, top: y, width: 0.04, height: 0.06) ?? .full, confidence: .half, landmarks: .none,
        pose: FacePose(yaw: yaw, pitch: 0, roll: 0),
        quality: FaceQuality(brightness: brightness, sharpness: sharpness, isColor: true), pixels: pixels,
        vector: FaceVector([number, 1]))
}
