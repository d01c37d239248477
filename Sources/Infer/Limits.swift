/// What a model may ask for at most. A model file is untrusted: these bounds keep memory and time finite.
enum Limits {
    /// Of a model's file and those beside it.
    static let fileBytes = 1 << 29
    /// Files beside it.
    static let weightFiles = 16
    static let nodes = 8192
    static let initializers = 50_000
    /// Entries of the metadata, and bytes of one; others are passed over.
    static let metadataEntries = 256
    static let metadataBytes = 1 << 20
    static let rank = 8
    /// Protobuf messages inside messages; ONNX without subgraphs needs six.
    static let nesting = 16
    /// Floats in one tensor: 256 MiB.
    static let tensorElements = 1 << 26
    /// Floats in all tensors together that a pass or the folding of constants writes: 1 GiB.
    static let workspaceFloats = 1 << 28
    /// What all integers of a file's tensors take in memory: 8-bit weights one byte each, wider numbers eight.
    static let integerBytes = 1 << 29
    /// Of a list of integers in the file that is no block of bytes.
    static let listedIntegers = 1 << 24
    /// Numbers of one tensor, and of all together, that are worked out while the model is loaded.
    static let knownElements = 1 << 24
    static let knownElementsTogether = 1 << 27
    /// Blocks over which one tensor, and all tensors together, may be scattered.
    static let blocksPerTensor = 1 << 18
    static let blocks = 1 << 22
    /// The plan compares all pairs of their tensors.
    static let steps = 8192
    /// Comparisons or additions of one pool.
    static let poolWork = 1 << 34
    /// Multiply-adds of one pass: minutes on a small board, and no detector is near it.
    static let multiplyAdds = 1 << 40
    /// Any side, stride, pad or index read from the file is clamped to this, so that sums of a few cannot overflow.
    static let attribute = 1 << 31

    /// The number of elements of a shape.
    static func elements(of shape: [Int]) throws(InferError) -> Int {
        guard shape.count <= rank else { throw .tooLarge(what: "the rank of a tensor", value: shape.count, most: rank) }
        var count = 1
        for side in shape {
            guard side >= 0 else { throw .malformed(what: "a tensor side of \(side)") }
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow, product <= tensorElements else {
                throw .tooLarge(
                    what: "a tensor of shape \(shape)", value: overflow ? .max : product, most: tensorElements)
            }
            count = product
        }
        return count
    }
}
