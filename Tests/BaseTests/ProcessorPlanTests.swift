import Base
import Foundation
import Testing

/// A processor as databases of earlier versions hold it, which knew one family of plans.
private let archivedBefore = #"""
    {"description":{"createdAt":{"milliseconds":1767225600000},
    "definition":{"arn":"arn:aws:rekognition:local:000000000000:streamprocessor\/door","bucket":"local",
    "camera":{"text":"front"},"dataSharingOptIn":true,
    "inputARN":"arn:aws:kinesisvideo:local:000000000000:stream\/front","name":{"text":"door"},
    "roleARN":"arn:aws:iam::000000000000:role\/porchlight","tags":{"place":"porch"}},"isEnabled":true,
    "settings":{"labelNames":["ALL"],"labels":["PERSON"],"minConfidence":{"value":0.75},
    "regions":[{"box":{"_0":{"height":0.25,"left":0.25,"top":0.5,"width":0.5}}},
    {"polygon":{"_0":{"points":[{"x":0,"y":0},{"x":0.5,"y":0.25},{"x":0.25,"y":1}]}}}],"revision":4},
    "status":"RUNNING","statusMessage":"","trial":{"base":{"labelNames":["ALL"],"labels":["PERSON"],
    "minConfidence":{"value":0.75},"regions":[{"box":{"_0":{"height":0.25,"left":0.25,"top":0.5,"width":0.5}}},
    {"polygon":{"_0":{"points":[{"x":0,"y":0},{"x":0.5,"y":0.25},{"x":0.25,"y":1}]}}}],"revision":3},
    "revision":4,"seconds":60,"until":{"milliseconds":1767225760000}},
    "updatedAt":{"milliseconds":1767225700000}},"startEcho":{"Name":"door"}}
    """#

@Suite("A processor's plan")
struct ProcessorPlanTests {
    private func read(_ text: String) throws -> ArchivedProcessor {
        try JSONDecoder().decode(ArchivedProcessor.self, from: Data(text.utf8))
    }

    @Test("a processor of an earlier version keeps its labels, confidence, regions and trial")
    func earlierVersion() throws {
        let description = try read(archivedBefore).description
        let home = try #require(description.settings.connectedHome)
        #expect(home.labelNames == ["ALL"] && home.labels == [.person] && home.minConfidence.percent == 75)
        #expect(home.regions.count == 2 && description.settings.revision == 4)
        #expect(description.trial?.base.connectedHome?.labels == [.person] && description.trial?.base.revision == 3)
    }

    @Test("an earlier version reads what this one writes of a connected home: an update can be taken back")
    func asBefore() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let written = try JSONDecoder().decode(JSONValue.self, from: try encoder.encode(read(archivedBefore)))
        #expect(written == (try JSONDecoder().decode(JSONValue.self, from: Data(archivedBefore.utf8))))
    }

    private var family: CollectionID { get throws { try #require(CollectionID("family")) } }

    @Test("a face search is kept as what it is")
    func faceSearch() throws {
        let faces = try #require(FaceSearchPlan(collectionID: try family, matchThreshold: 92.5))
        let settings = AnalysisSettings(plan: .faceSearch(faces), revision: 2)
        let read = try JSONDecoder().decode(AnalysisSettings.self, from: try JSONEncoder().encode(settings))
        #expect(read == settings && read.connectedHome == nil && read.visitLabels.isEmpty)
    }

    @Test("the stream of a face search is kept beside what databases of earlier versions have in its place")
    func stream() throws {
        var archived = try read(archivedBefore)
        #expect(archived.description.definition.output == .folder(bucket: "local", keyPrefix: nil))
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/faces"
        archived.description.definition.output = .stream(try #require(DataStreamARN(arn)))
        let again = try JSONDecoder().decode(ArchivedProcessor.self, from: try JSONEncoder().encode(archived))
        #expect(again == archived && again.description.definition.output.stream?.name.text == "faces")
    }

    @Test(
        "what is not the ARN of a data stream is none",
        arguments: [
            "faces", "arn:aws:kinesis:eu-west-1:123456789012:faces", "arn:aws:kinesis:x:1:stream/",
            "arn:aws:kinesis:x:1:stream/a/b", "arn:aws:s3:x:1:stream/a", "arn:aws:kinesis:x:1:stream/a:b",
        ])
    func noStream(text: String) { #expect(DataStreamARN(text) == nil) }

    @Test("a threshold below 80, or none, becomes 80, as with AWS", arguments: [nil, 0, 79.9, 80] as [Double?])
    func threshold(given: Double?) throws {
        #expect(FaceSearchPlan(collectionID: try family, matchThreshold: given)?.matchThreshold == 80)
    }

    @Test("a collection or similarity that AWS does not take makes no plan")
    func refused() throws {
        for id in ["", "a b", "ä", String(repeating: "a", count: 256)] { #expect(CollectionID(id) == nil) }
        for threshold in [-1, 100.1, .nan, .infinity] {
            #expect(FaceSearchPlan(collectionID: try family, matchThreshold: threshold) == nil)
        }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                AnalysisSettings.self,
                from: Data(#"{"collectionID": "", "matchThreshold": 80, "revision": 1}"#.utf8))
        }
    }
}

@Suite("Landmarks")
struct LandmarksTests {
    @Test("points of a crop lie where they are in the whole picture, as its box does")
    func placed() throws {
        let part = try #require(NormalizedBox(left: 0.5, top: 0.25, width: 0.5, height: 0.5))
        let face = Detection(
            label: .person, className: "face", confidence: .half,
            box: try #require(NormalizedBox(left: 0, top: 0, width: 0.5, height: 0.5)),
            landmarks: try #require(Landmarks([Point(x: 0.25, y: 0.25), Point(x: 0.5, y: 1)])))
        let whole = try #require(face.placed(in: part))
        #expect(whole.landmarks.points == [Point(x: 0.625, y: 0.375), Point(x: 0.75, y: 0.75)])
        #expect(whole.box.left == 0.5 && whole.box.top == 0.25)
    }

    @Test("a network can neither flood nor poison them")
    func bounded() {
        let point = Point(x: 0.5, y: 0.5)
        #expect(Landmarks(Array(repeating: point, count: Landmarks.most))?.points.count == Landmarks.most)
        #expect(Landmarks(Array(repeating: point, count: Landmarks.most + 1)) == nil)
        #expect(Landmarks([point, Point(x: .nan, y: 0)]) == nil && Landmarks([Point(x: 0, y: .infinity)]) == nil)
    }
}
