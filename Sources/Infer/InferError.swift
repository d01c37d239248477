package import Runtime

/// What can go wrong between a model file and its outputs. Every message says what, which value, what to do.
package enum InferError: Recoverable, Equatable, CustomStringConvertible {
    /// The file cannot be opened, measured or mapped.
    case cannotRead(path: String, reason: String)
    /// The file has other bytes than when it was opened.
    case changed(path: String)
    /// The bytes are not a well-formed ONNX model.
    case malformed(what: String)
    /// The file uses a set of operators that is newer or older than those known here.
    case operatorSet(Int, readable: ClosedRange<Int>)
    /// Weights lie in another file that cannot be used; the reason completes "which …".
    case externalData(tensor: String, location: String, reason: String)
    /// The engine has no such operator.
    case unknownOperator(name: String, node: String)
    /// The engine has the operator, but not this attribute, type or shape.
    case unsupported(operator: String, node: String, what: String)
    /// The node contradicts the ONNX specification, for example sides that do not fit.
    case invalid(operator: String, node: String, what: String)
    /// A limit that keeps a small board alive.
    case tooLarge(what: String, value: Int, most: Int)
    /// The asked input shape does not fit the model.
    case wrongInput(name: String, what: String)
    /// The file is made for one size of its input, and something in it depends on that.
    case fixedShape(file: [Int], asked: [Int], reason: String)
    /// This processor has no kernels of that name.
    case unknownKernels(name: String, available: [String])
    /// The kernel refused a worker thread.
    case noThread(SystemError)

    package var description: String {
        switch self {
        case .cannotRead(_, let reason): "the model cannot be read: \(reason)"
        case .changed(let path): "\(path) was written to since it was opened; restart Porchlight to use it as it is now"
        case .malformed(let what): "not a readable ONNX model: \(what); is the file complete?"
        case .operatorSet(let set, let readable):
            "the model uses operator set \(set), and this engine reads \(readable.lowerBound) to \(readable.upperBound): "
                + "export it with another one (opset 17 suits most)"
        case .externalData(let tensor, let location, let reason):
            "tensor \(tensor) keeps its data in another file (\(location)), which \(reason): put it beside the model, or "
                + "save the model as one file (onnx.save of what onnx.load gives)"
        case .unknownOperator(let name, let node):
            "operator \(name) (node \(node)) is not supported by this engine; \(Self.remedy(without: name))"
        case .unsupported(let name, let node, let what): "operator \(name) (node \(node)): \(what) is not supported"
        case .invalid(let name, let node, let what): "operator \(name) (node \(node)) is invalid: \(what)"
        case .tooLarge(let what, let value, let most): "\(what): \(value), more than the \(most) that are allowed"
        case .wrongInput(let name, let what): "input \(name): \(what)"
        case .fixedShape(let file, let asked, let reason):
            "an input of \(asked) was asked, and something in the model was computed for its own, \(file): \(reason); "
                + "export it with an open height and width, or name width and height in its manifest"
        case .unknownKernels(let name, let available):
            "no kernels named \(name) on this processor; there are \(available.joined(separator: ", "))"
        case .noThread(let error): "worker thread: \(error)"
        }
    }

    private static func remedy(without name: String) -> String {
        switch name {
        case "NonZero", "Unique", "Compress", "RoiAlign":
            "export the model without NMS and other steps behind the network (nms=False, end2end=False)"
        case "If", "Loop", "Scan":
            "export it from a traced model, with fixed sides, and simplify it (onnxsim, onnxslim)"
        case "QLinearConv", "QLinearMatMul", "QLinearAdd": "quantize it in QDQ form, or take the network of floats"
        default: "export the model without it"
        }
    }

    /// A model that cannot be read today cannot be read tomorrow: the feature stops, the daemon lives.
    package var recovery: Recovery {
        switch self {
        case .cannotRead, .changed, .malformed, .operatorSet, .externalData, .unknownOperator, .unsupported, .invalid,
            .tooLarge,
            .wrongInput,
            .fixedShape, .unknownKernels:
            .giveUp
        case .noThread: .retry
        }
    }
}
