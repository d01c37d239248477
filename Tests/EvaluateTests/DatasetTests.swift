import Base
import Evaluate
import TestSupport
import Testing

@Suite("Data sets")
struct DatasetTests {
    private static let good: JSONValue = [
        "info": ["year": 2026],
        "categories": [["id": 1, "name": "person"], ["id": 17, "name": "cat"]],
        "images": [
            ["id": 5, "file_name": "a/b.jpg", "width": 200, "height": 100, "annotated_classes": ["cat", "unicorn"]],
            ["id": 6, "file_name": "c.jpg", "width": 10, "height": 10, "source": "yard"],
        ],
        "annotations": [
            ["id": 1, "image_id": 5, "category_id": 17, "bbox": [20, 10.5, 100, 50], "iscrowd": 0, "area": 5],
            ["id": 2, "image_id": 6, "category_id": 1, "bbox": [0, 0, 10, 10], "iscrowd": 1],
        ],
    ]

    @Test(
        "pictures, boxes as ratios, crowds, and which classes are marked: all categories unless the picture says less")
    func good() throws {
        let dataset = try Dataset(checking: Self.good)
        #expect(dataset.classNames == ["person", "cat"])
        #expect(dataset.pictures.map(\.fileName) == ["a/b.jpg", "c.jpg"])
        #expect(dataset.pictures.map(\.annotatedClasses) == [[1], [0, 1]])
        #expect(dataset.pictures.map(\.source) == [nil, "yard"])
        let cat = try #require(dataset.pictures[0].truths.first)
        #expect(cat.classIndex == 1 && !cat.isCrowd)
        #expect(cat.box == NormalizedBox(left: 0.1, top: 0.105, width: 0.5, height: 0.5))
        #expect(dataset.pictures[1].truths.map(\.isCrowd) == [true])
    }

    @Test(
        "the first flaw is told with its path",
        arguments: [
            (["images"], nil, "$.images"), (["categories"], 3, "$.categories"), (["annotations"], [:], "$.annotations"),
            (["images"], [], "$.images"), (["categories", "1", "id"], 1, "$.categories[1].id"),
            (["categories", "1", "name"], "person", "$.categories[1].name"),
            (["categories", "0", "name"], "", "$.categories[0].name"), (["images", "1", "id"], 5, "$.images[1].id"),
            (["images", "0", "id"], "x", "$.images[0].id"), (["images", "0", "width"], 0, "$.images[0]"),
            (["images", "0", "height"], 100_000, "$.images[0]"),
            (["images", "0", "file_name"], "../secret.jpg", "$.images[0].file_name"),
            (["images", "0", "file_name"], 7, "$.images[0].file_name"),
            (["images", "0", "annotated_classes"], "cat", "$.images[0].annotated_classes"),
            (["images", "1", "source"], 7, "$.images[1].source"),
            (["images", "1", "source"], "", "$.images[1].source"),
            (["annotations", "0", "image_id"], 9, "$.annotations[0].image_id"),
            (["annotations", "1", "category_id"], 2, "$.annotations[1].category_id"),
            (["annotations", "0", "bbox"], [1, 2, 3], "$.annotations[0].bbox"),
            (["annotations", "0", "bbox"], [1, 2, -3, 4], "$.annotations[0].bbox"),
            (["annotations", "0", "bbox"], [1, 2, 3, "4"], "$.annotations[0].bbox"),
            (["annotations", "0", "bbox"], [1, 2, 3, 1e300], "$.annotations[0].bbox"),
            (["annotations", "0", "iscrowd"], 2, "$.annotations[0].iscrowd"),
        ] as [([String], JSONValue?, String)])
    func flaws(place: [String], value: JSONValue?, path: String) {
        let error = #expect(throws: EvaluateError.self) {
            try Dataset(checking: Self.replacing(Self.good, place[...], by: value))
        }
        guard case .dataset(let told, _) = error else {
            Issue.record("another error")
            return
        }
        #expect(told == path)
    }

    /// `json` with another value at a place; nil removes it.
    private static func replacing(_ json: JSONValue, _ place: ArraySlice<String>, by value: JSONValue?) -> JSONValue {
        guard let key = place.first else { return value ?? .null }
        if let index = Int(key), var items = json.array {
            items[index] = replacing(items[index], place.dropFirst(), by: value)
            return .array(items)
        }
        var members = json.object ?? [:]
        let inner = replacing(members[key] ?? .null, place.dropFirst(), by: value)
        members[key] = place.count == 1 && value == nil ? nil : inner
        return .object(members)
    }

    @Test("no file name leads out of the folder of pictures")
    func fileNames() {
        for name in ["a.jpg", "val/a.jpg", "..a/b..jpg", "a..b.jpg", "ä ö.jpg"] { #expect(Dataset.staysInside(name)) }
        for name in ["", "/etc/passwd", "..", "../a.jpg", "a/../../b.jpg", "a/..", "a\u{0}b", "a\nb"] {
            #expect(!Dataset.staysInside(name), "\(name)")
        }
        #expect(!Dataset.staysInside(String(repeating: "a", count: 1025)))
    }

    @Test("damaged files, seeded, are refused or read, never a crash")
    func corruption() {
        var random = SplitMix(seed: 5)
        var read = 0
        for _ in 0..<3000 {
            var bytes = Self.good.jsonBytes
            for _ in 0..<(1 + random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            guard let json = JSONValue(parsing: bytes) else { continue }
            read += 1
            _ = try? Dataset(checking: json)
        }
        #expect(read > 50)
    }
}
