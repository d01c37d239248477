/// start, start + delta, … below limit: known at load time
enum RangeOperator: Operator {
    static let name = "Range"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        if case .integers = try call.input(0).content {
            let numbers = [try call.integers(0), try call.integers(1), try call.integers(2)].compactMap(\.first)
            guard numbers.count == 3, numbers[2] != 0 else { throw call.invalid("start, limit and delta \(numbers)") }
            let steps = try count(call, Double(numbers[1] - numbers[0]) / Double(numbers[2]))
            return [.integers([steps], (0..<steps).map { Int64(numbers[0] + $0 * numbers[2]) })]
        }
        var numbers: [Float] = []
        for index in 0..<3 { numbers += try call.floats(index, lowering).prefix(1) }
        guard numbers.count == 3, numbers[2] != 0 else { throw call.invalid("start, limit and delta \(numbers)") }
        let steps = try count(call, Double(numbers[1] - numbers[0]) / Double(numbers[2]))
        let list = (0..<steps).map { numbers[0] + Float($0) * numbers[2] }
        return [.floats([steps], lowering.constant(FloatBuffer(list)))]
    }

    private static func count(_ call: Call, _ steps: Double) throws(InferError) -> Int {
        guard steps.isFinite, steps <= Double(Limits.knownElements) else { throw call.invalid("\(steps) steps") }
        return Int(max(0, steps.rounded(.up)))
    }
}
