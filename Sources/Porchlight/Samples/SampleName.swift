import Base
import Decode

/// A sample's file name, and what it says: `1790000000000-PET-dog-512-40x30x120x200-of-320x400.jpg` was cut out of a frame
/// at that time (ms since 1970); the network took what is in the box (left, top, width, height in pixels) for a dog with
/// 51.2 %.
struct SampleName: Equatable {
    let text: String
    /// Milliseconds since 1970.
    let time: Int64
    private let label: Label
    private let className: String
    private let permille: Int
    /// Left, top, width, height in pixels.
    private let box: [Int]
    private let size: [Int]

    init(_ cutout: Cutout, _ detection: Detection, at time: WallTime) {
        let visible = cutout.box.clippedToFrame
        let (across, down) = (Double(cutout.size.width), Double(cutout.size.height))
        self.time = time.milliseconds
        box = [visible.left * across, visible.top * down, visible.width * across, visible.height * down]
            .map { Int($0.rounded()) }
        size = [cutout.size.width, cutout.size.height]
        label = detection.label
        className = String(
            detection.className.unicodeScalars.prefix(64).map { scalar in
                UInt8(exactly: scalar.value).map { $0.isNameCharacter && $0 != UInt8(ascii: "-") } == true
                    ? Character(scalar) : "_"
            })
        permille = Int((detection.confidence.percent * 10).rounded())
        text =
            "\(time.milliseconds)-\(label.rawValue)-\(className)-\(permille)-"
            + "\(Self.joined(box))-of-\(Self.joined(size)).jpg"
    }

    /// Nil for a file of somebody else's.
    init?(reading text: String) {
        let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard text.hasSuffix(".jpg"), parts.count == 7, let time = Int64(parts[0]),
            let label = Label(rawValue: parts[1]), !parts[2].isEmpty,
            let permille = Int(parts[3]), (0...1000).contains(permille),
            let box = Self.numbers(parts[4], 4), parts[5] == "of", let size = Self.numbers(parts[6], 2)
        else { return nil }
        (self.text, self.time, self.label, className, self.permille, self.box, self.size) =
            (text, time, label, parts[2], permille, box, size)
    }

    /// COCO's `instances` form; `score` is the network's own confidence, 0–1.
    static func coco(_ samples: [SampleName]) -> JSONValue {
        let classes = Set(samples.map { [$0.className, $0.label.rawValue] }).sorted { $0[0] < $1[0] }
        return [
            "info": [
                "description": "What Porchlight's network was unsure about. The labels are its guesses: correct them."
            ],
            "categories": .array(
                classes.enumerated().map { index, name in
                    ["id": .integer(Int64(index + 1)), "name": .string(name[0]), "supercategory": .string(name[1])]
                }),
            "images": .array(
                samples.enumerated().map { index, sample in
                    [
                        "id": .integer(Int64(index + 1)), "file_name": .string(sample.text),
                        "width": .integer(Int64(sample.size[0])), "height": .integer(Int64(sample.size[1])),
                    ]
                }),
            "annotations": .array(
                samples.enumerated().map { index, sample in
                    let category = classes.firstIndex { $0[0] == sample.className } ?? 0
                    return [
                        "id": .integer(Int64(index + 1)), "image_id": .integer(Int64(index + 1)),
                        "category_id": .integer(Int64(category + 1)),
                        "bbox": .array(sample.box.map { .integer(Int64($0)) }),
                        "area": .integer(Int64(sample.box[2]) * Int64(sample.box[3])), "iscrowd": 0,
                        "score": .number(Double(sample.permille) / 1000),
                    ]
                }),
        ]
    }

    private static func joined(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: "x") }

    private static func numbers(_ text: String, _ count: Int) -> [Int]? {
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
        return numbers.count == count && numbers.allSatisfy { (0...PixelSize.largestSide).contains($0) } ? numbers : nil
    }
}
