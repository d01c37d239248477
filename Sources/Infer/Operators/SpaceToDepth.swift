/// Blocks of pixels become channels of smaller planes
enum SpaceToDepthOperator: Operator {
    static let name = "SpaceToDepth"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let block = try call.int("blocksize", 0)
        guard value.shape.count == 4, block > 0, value.shape[2] % block == 0, value.shape[3] % block == 0 else {
            throw call.invalid("blocksize \(block) of \(value.shape)")
        }
        let s = value.shape, (height, width) = (s[2] / block, s[3] / block)
        let split = value.reshaped([s[0], s[1], height, block, width, block])
        let turned = try TransposeOperator.transposed(split, [0, 3, 5, 1, 2, 4], lowering)
        return [turned.reshaped([s[0], s[1] * block * block, height, width])]
    }
}
