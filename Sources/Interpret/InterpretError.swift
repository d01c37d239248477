package import Runtime

/// Why a model cannot be used as a detector.
package enum InterpretError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The manifest is wrong; every problem with its JSON path.
    case manifest(problems: [String])
    /// No row of the head table recognises these outputs.
    case unknownOutputs(input: [Int], outputs: [TensorShape])
    /// The file's metadata names a task that is not the finding of things.
    case otherTask(String)
    /// Heads of several families could read these outputs.
    case ambiguous(families: [Family])
    /// The head that the manifest names does not fit the network's outputs.
    case headDoesNotFit(head: String, reason: String)
    /// The network emits none of PERSON, PET, PACKAGE.
    case noLabels(head: String, classes: [String])

    /// A family, and how many classes the outputs would hold if they were of it.
    package struct Family: Sendable, Equatable, CustomStringConvertible {
        package var head: String
        /// Nil where the shapes do not tell.
        package var classes: Int?

        package var description: String { classes.map { "\(head) with \($0) classes" } ?? head }
    }

    package var description: String {
        switch self {
        case .manifest(let problems): "manifest of the model: " + problems.joined(separator: "; ")
        case .unknownOutputs(let input, let outputs):
            "no known detector: input \(input), outputs \(outputs.map(\.description).joined(separator: ", ")); "
                + Self.remedy(for: outputs)
        case .otherTask(let task):
            "the model's metadata says that its task is \(task), which gives no upright boxes: use one of the task detect, "
                + "segment or pose"
        case .ambiguous(let families):
            "the outputs could be of \(families.map(\.description).joined(separator: ", or of ")): put a manifest beside the "
                + "model that names one, such as {\"head\": \"\(families.first?.head ?? "")\"}, and its \"classes\""
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
        let sides = outputs.first?.sides ?? []
        if outputs.count == 1, sides.count == 3, sides[1] <= 1000, sides[2] == 7 {
            return "it looks like an export that suppresses by itself: export it with nms=False"
        }
        if outputs.count == 3, outputs.allSatisfy({ $0.sides.count == 5 }) {
            return
                "it looks like a YOLOv5 or YOLOv7 whose boxes are not worked out: export it with export.py of its repository"
        }
        if outputs.count == 1, sides.count == 2 {
            return
                "it looks like a classifier, which says what a picture shows and not where: use a detector (\(HeadTable.names))"
        }
        return "put a manifest with \"head\" (\(HeadTable.names)) and \"input\" beside the model or use another model"
    }

    /// A model file does not get better by itself.
    package var recovery: Recovery { .giveUp }
}
