import Base
import Decode

/// A sample's file name, and what it says: `1790000000000-PET-dog-512-40x30x120x200-of-320x400.jpg` was cut out of a frame
/// at that time (ms since 1970); the network took what is in the box (left, top, width, height in pixels) for a dog with
/// 51.2 %. In `…-512-nobody.<visit>-of-320x400.jpg` is nothing that the network should see: the owner called that visit
/// nobody.
struct SampleName: Equatable {
    let text: String
    /// Milliseconds since 1970.
    let time: Int64
    private let label: Label
    private let className: String
    private let permille: Int
    /// Left, top, width, height in pixels; nil where nothing is.
    private let box: [Int]?
    private let size: [Int]

    private static let nobody = "nobody."

    /// How the name of a picture says that the owner called this visit nobody; hyphens part a name's pieces.
    static func mark(ofVisit id: String) -> String { nobody + id.filter { $0 != "-" } }

    /// - Parameter visit: that the owner called nobody; nil for the network's own doubts.
    init(_ cutout: Cutout, _ detection: Detection, nobodyOf visit: String? = nil, at time: WallTime) {
        let visible = cutout.box.clippedToFrame
        let (across, down) = (Double(cutout.size.width), Double(cutout.size.height))
        self.time = time.milliseconds
        let pixels = [visible.left * across, visible.top * down, visible.width * across, visible.height * down]
            .map { Int($0.rounded()) }
        box = visit == nil ? pixels : nil
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
            + "\(visit.map(Self.mark) ?? Self.joined(pixels))-of-\(Self.joined(size)).jpg"
    }

    /// Nil for a file of somebody else's.
    init?(reading text: String) {
        let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard text.hasSuffix(".jpg"), parts.count == 7, let time = Int64(parts[0]),
            let label = Label(rawValue: parts[1]), !parts[2].isEmpty,
            let permille = Int(parts[3]), (0...1000).contains(permille),
            let box = parts[4].hasPrefix(Self.nobody) ? .some(nil) : Self.numbers(parts[4], 4).map(Optional.some),
            parts[5] == "of", let size = Self.numbers(parts[6], 2)
        else { return nil }
        (self.text, self.time, self.label, className, self.permille, self.box, self.size) =
            (text, time, label, parts[2], permille, box, size)
    }

    /// COCO's `instances` form; `score` is the network's own confidence, 0–1. A picture of nobody has no annotation, as
    /// COCO's pictures of background have none.
    static func coco(_ samples: [SampleName]) -> JSONValue {
        let found = samples.enumerated().compactMap { index, sample in
            sample.box.map { (image: index + 1, sample: sample, box: $0) }
        }
        let classes = Set(found.map(\.sample).map { [$0.className, $0.label.rawValue] }).sorted { $0[0] < $1[0] }
        return [
            "info": [
                "description": .string(
                    "What Porchlight's network was unsure about, and what its owner called nobody (pictures without a "
                        + "label). The labels are its guesses: correct them.")
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
                found.enumerated().map { index, found in
                    let (image, sample, box) = found
                    let category = classes.firstIndex { $0[0] == sample.className } ?? 0
                    return [
                        "id": .integer(Int64(index + 1)), "image_id": .integer(Int64(image)),
                        "category_id": .integer(Int64(category + 1)),
                        "bbox": .array(box.map { .integer(Int64($0)) }),
                        "area": .integer(Int64(box[2]) * Int64(box[3])), "iscrowd": 0,
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
