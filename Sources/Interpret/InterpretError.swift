package import Runtime

/// Why a model cannot be used as a detector.
package enum InterpretError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The manifest is wrong; every problem with its JSON path.
    case manifest(problems: [String])
    /// No row of the head table recognises these outputs.
    case unknownOutputs(input: [Int], outputs: [TensorShape])
    /// The head that the manifest names does not fit the network's outputs.
    case headDoesNotFit(head: String, reason: String)
    /// The network emits none of PERSON, PET, PACKAGE.
    case noLabels(head: String, classes: [String])

    package var description: String {
        switch self {
        case .manifest(let problems): "manifest of the model: " + problems.joined(separator: "; ")
        case .unknownOutputs(let input, let outputs):
            "no known detector: input \(input), outputs \(outputs.map(\.description).joined(separator: ", ")); "
                + Self.remedy(for: outputs)
        case .headDoesNotFit(let head, let reason):
            "the model does not fit head \"\(head)\": \(reason); correct \"head\" in its manifest"
        case .noLabels(let head, let classes):
            "the model (\(head)) finds \(classes.prefix(5).joined(separator: ", "))\(classes.count > 5 ? ", …" : "") "
                + "but nothing that makes a PERSON, PET or PACKAGE; add \"labels\" to its manifest, "
                + "for example {\"PERSON\": [\"\(classes.first ?? "person")\"]}"
        }
    }

    /// What is known of networks that many people have, and that no head reads.
    private static func remedy(for outputs: [TensorShape]) -> String {
        if outputs.count == 1, let sides = outputs.first?.sides, sides.count == 3 {
            if sides[1] <= 1000, sides[2] == 6 || sides[2] == 7 {
                return
                    "it looks like an export that suppresses by itself: export it with nms=False, and YOLO26 and YOLOv10 "
                    + "with end2end=False"
            }
            if sides[1] % 3 == 0, sides[2] > 5, sides[1] > sides[2] {
                return "it looks like YOLOv5 or YOLOv7: export YOLOv8 or later, or use YOLOX or NanoDet"
            }
        }
        return "put a manifest with \"head\" (\(HeadTable.names)) and \"input\" beside the model or use another model"
    }

    /// A model file does not get better by itself.
    package var recovery: Recovery { .giveUp }
}
