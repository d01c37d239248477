/// Channels become pixels of larger planes; DCR or CRD order
enum DepthToSpaceOperator: Operator {
    static let name = "DepthToSpace"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let block = try call.int("blocksize", 0)
        guard value.shape.count == 4, block > 0, block < 1 << 15, value.shape[1] % (block * block) == 0 else {
            throw call.invalid("blocksize \(block) of \(value.shape)")
        }
        let s = value.shape, channels = s[1] / (block * block)
        let isDCR: Bool
        switch try call.string("mode", "DCR") {
        case "DCR": isDCR = true
        case "CRD": isDCR = false
        case let other: throw call.invalid("mode \"\(other)\"")
        }
        let split = value.reshaped(
            isDCR ? [s[0], block, block, channels, s[2], s[3]] : [s[0], channels, block, block, s[2], s[3]])
        let order = isDCR ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
        let turned = try TransposeOperator.transposed(split, order, lowering)
        return [turned.reshaped([s[0], channels, s[2] * block, s[3] * block])]
    }
}
