import Base
import Decode
import Foundation
import Logging
import Porchlight
import TestSupport
import Testing

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private final class Storage {
    let path = NSTemporaryDirectory() + "porchlight-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func files(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
    }
}

private func described(_ name: String, sharing: Bool) throws -> ProcessorDescription {
    let arn = "arn:aws:rekognition:local:000000000000:streamprocessor/\(name)"
    let definition = ProcessorDefinition(
        name: try #require(ProcessorName(name)), arn: arn, camera: try #require(CameraName("door")), inputARN: arn,
        output: .folder(bucket: "bucket", keyPrefix: nil), roleARN: arn, notificationTopicARN: nil, kmsKeyID: nil,
        dataSharingOptIn: sharing, tags: [:])
    let settings = AnalysisSettings(
        ConnectedHomePlan(labelNames: ["ALL"], labels: [.pet], minConfidence: .half, regions: []), revision: 1)
    return ProcessorDescription(
        definition: definition, settings: settings, status: .running, statusMessage: "", createdAt: .now(),
        updatedAt: .now(), isEnabled: true)
}

@Suite("Samples for the owner, and for nobody else")
struct SampleFolderTests {
    private let storage: Storage
    private let door: ProcessorName

    init() throws {
        storage = try Storage()
        door = try #require(ProcessorName("door"))
    }

    private func folder(_ bounds: SampleFolder.Bounds = .init()) throws -> SampleFolder {
        let folder = SampleFolder(folder: storage.path + "/samples", bounds: bounds, logger: quiet)
        folder.begin(with: [try described("door", sharing: true), try described("yard", sharing: true)])
        return folder
    }

    private func keep(
        _ folder: SampleFolder, at milliseconds: Int64, as className: String = "dog",
        for processor: ProcessorName? = nil
    ) throws {
        let box = try #require(NormalizedBox(left: 0.25, top: 0.5, width: 0.5, height: 0.75))
        let cutout = Cutout(
            jpeg: [UInt8](repeating: 7, count: 1000), size: try #require(PixelSize(width: 320, height: 200)), box: box)
        let detection = Detection(
            label: .pet, className: className, confidence: Confidence(clamping: 0.512), box: box)
        folder.keep(cutout, of: detection, for: processor ?? door, at: WallTime(milliseconds: milliseconds))
        folder.finish()
    }

    @Test("a sample is a picture with the network's guess, in COCO's form")
    func coco() throws {
        let folder = try folder()
        try keep(folder, at: 1_790_000_000_000)
        try keep(folder, at: 1_790_000_060_000, as: "a/b-c")
        #expect(storage.files("samples/door") == ["annotations.json", "images"])
        let bytes = try Data(contentsOf: URL(filePath: storage.path + "/samples/door/annotations.json"))
        let json = try JSONParser.parse(Array(bytes))
        let images = try #require(json["images"]?.array)
        #expect(images.map { $0["file_name"]?.string } == storage.files("samples/door/images"))
        #expect(images[0]["width"] == 320 && images[0]["height"] == 200)
        let annotation = try #require(json["annotations"]?.array?.first)
        #expect(annotation["bbox"] == [80, 100, 160, 100], "cut off at the picture's edge")
        #expect(annotation["score"]?.double == 0.512 && annotation["iscrowd"] == 0)
        let names = json["categories"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["a_b_c", "dog"])
        #expect(annotation["category_id"] == 2)
        #expect(json["categories"]?.array?.allSatisfy { $0["supercategory"] == "PET" } == true)
    }

    private func person() throws -> (Cutout, Detection) {
        let box = try #require(NormalizedBox(left: 0.25, top: 0.5, width: 0.5, height: 0.25))
        let size = try #require(PixelSize(width: 320, height: 200))
        let person = Detection(label: .person, className: "person", confidence: Confidence(clamping: 0.8), box: box)
        return (Cutout(jpeg: [1, 2, 3], size: size, box: box), person)
    }

    @Test("what the owner calls nobody is kept as a picture without a label, and goes when it is taken back")
    func nobody() throws {
        let folder = try folder()
        let (cutout, person) = try person()
        let (coat, visitor) = ("0a-1b", "2c-3d")
        for (visit, time) in [(coat, 1_790_000_000_001), (visitor, 1_790_000_000_002)] as [(String, Int64)] {
            folder.note(cutout, of: person, ofVisit: visit, for: door, at: WallTime(milliseconds: time))
        }
        try keep(folder, at: 1_790_000_000_000)
        folder.callNobody(visit: coat)
        folder.finish()
        let path = URL(filePath: storage.path + "/samples/door/annotations.json")
        let kept = try JSONParser.parse(Array(try Data(contentsOf: path)))
        #expect(kept["images"]?.array?.count == 2 && storage.files("samples/door/images").count == 2)
        #expect(kept["annotations"]?.array?.map { $0["image_id"] } == [1], "of the dog alone")
        #expect(kept["categories"]?.array?.compactMap { $0["name"]?.string } == ["dog"])
        folder.callNobody(visit: coat)
        folder.takeBackNobody(visit: coat)
        folder.finish()
        #expect(storage.files("samples/door/images").count == 1)
        folder.follow(try described("door", sharing: false))
        folder.callNobody(visit: visitor)
        folder.finish()
        #expect(storage.files("samples").isEmpty, "who opts out keeps nothing")
    }

    @Test("only the newest visits can become samples: memory is bounded")
    func visits() throws {
        let folder = try folder()
        let (cutout, person) = try person()
        for visit in 0..<17 {
            folder.note(
                cutout, of: person, ofVisit: "v\(visit)", for: door, at: WallTime(milliseconds: Int64(visit) + 1))
        }
        folder.callNobody(visit: "v0")
        folder.finish()
        #expect(storage.files("samples").isEmpty)
        folder.callNobody(visit: "v1")
        folder.finish()
        #expect(storage.files("samples/door/images").count == 1)
    }

    @Test("the oldest go when there are too many, or they are too large", arguments: [false, true])
    func bounds(bytes: Bool) throws {
        var bounds = SampleFolder.Bounds()
        if bytes { bounds.bytes = 3500 } else { bounds.pictures = 3 }
        let folder = try folder(bounds)
        for step in 0..<6 { try keep(folder, at: 1_790_000_000_000 + Int64(step)) }
        let left = storage.files("samples/door/images").map { $0.prefix(13) }
        #expect(left == ["1790000000003", "1790000000004", "1790000000005"])
        let text = try String(contentsOfFile: storage.path + "/samples/door/annotations.json", encoding: .utf8)
        #expect(!text.contains("1790000000000-") && text.contains("1790000000005-"))
    }

    @Test("many processors together are bounded as well: the oldest go, whosever they are")
    func together() throws {
        var bounds = SampleFolder.Bounds()
        bounds.totalBytes = 3500
        let folder = try folder(bounds)
        let yard = try #require(ProcessorName("yard"))
        for step in 0..<3 { try keep(folder, at: 1_790_000_000_000 + Int64(step), for: yard) }
        try keep(folder, at: 1_790_000_000_010)
        #expect(storage.files("samples/yard/images").map { $0.prefix(13) } == ["1790000000001", "1790000000002"])
        #expect(storage.files("samples/door/images").count == 1)
        let text = try String(contentsOfFile: storage.path + "/samples/yard/annotations.json", encoding: .utf8)
        #expect(!text.contains("1790000000000-"))
    }

    @Test("opting out deletes everything, and so does deleting the processor", arguments: [false, true])
    func optOut(deleted: Bool) throws {
        let folder = try folder()
        try keep(folder, at: 1_790_000_000_000)
        folder.follow(try described("door", sharing: true))
        folder.finish()
        #expect(storage.files("samples/door").count == 2)
        if deleted { folder.forget(door) } else { folder.follow(try described("door", sharing: false)) }
        folder.finish()
        #expect(storage.files("samples").isEmpty)
        try keep(folder, at: 1_790_000_000_001)
        #expect(storage.files("samples").isEmpty)
    }

    @Test("a restart keeps what belongs to somebody who opts in, and labels what a power cut left without")
    func restart() throws {
        let before = try folder()
        try keep(before, at: 1_790_000_000_000)
        try FileManager.default.removeItem(atPath: storage.path + "/samples/door/annotations.json")
        try FileManager.default.createDirectory(
            atPath: storage.path + "/samples/gone/images", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(filePath: storage.path + "/samples/door/images/holiday.jpg"))
        try folder().finish()
        #expect(storage.files("samples") == ["door"])
        let text = try String(contentsOfFile: storage.path + "/samples/door/annotations.json", encoding: .utf8)
        #expect(text.contains("1790000000000-PET-dog") && !text.contains("holiday"))
    }

    @Test("who never opted in has no folder")
    func never() throws {
        let folder = SampleFolder(folder: storage.path + "/samples", logger: quiet)
        folder.begin(with: [try described("door", sharing: false)])
        try keep(folder, at: 1)
        #expect(storage.files("").isEmpty)
    }
}
