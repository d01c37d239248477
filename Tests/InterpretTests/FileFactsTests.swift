import Base
import Interpret
import Testing

/// What Ultralytics writes into a file stands in for the manifest that nobody wrote.
@Suite("What a network's file says of itself")
struct FileFactsTests {
    private func facts(_ metadata: [String: String]) -> FileFacts {
        FileFacts(metadata: metadata, takesSamples: false)
    }

    private func shapes(_ sides: [Int]...) -> [TensorShape] {
        sides.enumerated().map { TensorShape(name: "output\($0)", sides: $1) }
    }

    @Test(
        "class names are read in every form in which Python writes them",
        arguments: [
            ("{0: 'person', 1: 'cat'}", ["person", "cat"]), ("{1: \"men's\", 0: 'a\\'b'}", ["a'b", "men's"]),
            ("['caf\\xe9', \"x\"]", ["café", "x"]), (" { 0 : 'a' , } ", ["a"]), ("('a', 'b')", ["a", "b"]),
        ])
    func names(text: String, expected: [String]) { #expect(facts(["names": text]).classes == expected) }

    @Test(
        "names that are cut off, have gaps or are no names count as missing: no class gets another's name",
        arguments: [
            "", "{0: 'a'", "{0: 'a', 2: 'b'}", "{0: 'a', 0: 'b'}", "[1, 2]", "['a', 1]", "['a'] x", "{0: ''}",
            "{0: '0', 1: '1'}", "['class0', 'class1']",
            "['\\q']",
        ])
    func noNames(text: String) { #expect(facts(["names": text]).classes == nil) }

    @Test("the size that a network was made for is height first, and one number is a square")
    func size() {
        #expect(facts(["imgsz": "[384, 640]"]).size == PixelSize(width: 640, height: 384))
        #expect(facts(["imgsz": "320"]).size == PixelSize(width: 320, height: 320))
        for text in ["[8, 640]", "[640, 99999]", "[1, 2, 3]", "[]", "-640"] {
            #expect(facts(["imgsz": text]).size == nil)
        }
    }

    @Test("class names of the metadata tell how many classes there are, and a manifest goes before them")
    func namesBeforeCOCO() throws {
        let known = facts(["names": "{0: 'parcel', 1: 'person'}", "task": "detect"])
        let detector = try Detector(facts: known, input: [1, 3, 320, 320], outputs: shapes([1, 6, 2100]))
        #expect(detector.headName == "yolov8" && detector.labelledClasses == ["person": .person])
        #expect(detector.assumptions.contains("2 class names of the file's metadata"))
        let manifest = try ModelManifest(checking: ["classes": ["cat", "dog"]])
        let other = try Detector(
            manifest: manifest, facts: known, input: [1, 3, 320, 320], outputs: shapes([1, 6, 2100]))
        #expect(other.emittableLabels == [.pet])
    }

    @Test("masks and key points beside the boxes are passed over")
    func segmentsAndPoses() throws {
        let masks = try Detector(input: [1, 3, 320, 320], outputs: shapes([1, 116, 2100], [1, 32, 80, 80]))
        #expect(masks.headName == "yolov8" && masks.emittableLabels == [.person, .pet])
        let endToEnd = try Detector(input: [1, 3, 320, 320], outputs: shapes([1, 300, 38], [1, 32, 80, 80]))
        #expect(endToEnd.headName == "end2end")
        let old = try Detector(input: [1, 3, 320, 320], outputs: shapes([1, 6300, 117], [1, 32, 80, 80]))
        #expect(old.headName == "yolov5")
        let pose = facts(["names": "{0: 'person'}", "task": "pose", "kpt_shape": "[17, 3]"])
        #expect(
            try Detector(facts: pose, input: [1, 3, 320, 320], outputs: shapes([1, 56, 2100])).headName == "yolov8")
    }

    @Test("a network with finer or coarser maps than usual is known as well", arguments: [2125, 8500, 500])
    func otherStrides(cells: Int) throws {
        #expect(try Detector(input: [1, 3, 320, 320], outputs: shapes([1, 84, cells])).headName == "yolov8")
    }

    @Test("outputs that two families could have made are not guessed: the error says what to write")
    func ambiguous() throws {
        let error = #expect(throws: InterpretError.self) {
            try Detector(input: [1, 3, 320, 320], outputs: shapes([1, 2100, 10]))
        }
        let text = error?.description ?? ""
        #expect(text.contains("yolox with 5 classes") && text.contains("yolov8 with 6 classes"))
        #expect(text.contains(#"{"head": "yolox"}"#))
        let manifest = try ModelManifest(checking: ["classes": ["a", "b", "c", "d", "e", "person"]])
        #expect(
            try Detector(manifest: manifest, input: [1, 3, 320, 320], outputs: shapes([1, 2100, 10])).headName
                == "yolov8")
    }

    @Test("YOLOv6 and decoded YOLOX have one box in a cell: the manifest says that their head is YOLOv5's")
    func oneBoxPerCell() throws {
        let manifest = try ModelManifest(checking: ["head": "yolov5"])
        #expect(
            try Detector(manifest: manifest, input: [1, 3, 320, 320], outputs: shapes([1, 2100, 85])).headName
                == "yolov5")
        #expect(try Detector(input: [1, 3, 320, 320], outputs: shapes([1, 2100, 85])).headName == "yolox")
    }

    @Test("a network of another task is refused by its name, not by its shapes")
    func otherTask() {
        let error = #expect(throws: InterpretError.otherTask("obb")) {
            try Detector(facts: facts(["task": "obb"]), input: [1, 3, 320, 320], outputs: shapes([1, 85, 2100]))
        }
        #expect(error?.description.contains("detect") == true)
    }

    @Test("an input of whole numbers gets samples as they are, where the family would scale them")
    func samples() throws {
        let bytes = FileFacts(metadata: [:], takesSamples: true)
        let detector = try Detector(facts: bytes, input: [1, 3, 320, 320], outputs: shapes([1, 84, 2100]))
        #expect(detector.inputSpec.scale == .one && detector.inputSpec.mean == .zero)
        #expect(detector.assumptions.contains("samples 0...255 as they are"))
    }
}
