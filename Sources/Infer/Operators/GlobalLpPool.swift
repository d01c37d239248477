import Glibc

/// The p-norm of every plane
enum GlobalLpPoolOperator: Operator {
    static let name = "GlobalLpPool"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let value = try call.input(0)
        let power = try call.int("p", 2)
        guard value.shape.count >= 3, (1...1024).contains(power) else {
            throw call.invalid("p \(power) of \(value.shape)")
        }
        let p = Float(power)
        let raised = try lowering.unary(value, .plain { powf(abs($0), p) })
        let sums = try Reduction.reduced(
            call, lowering, raised, Array(2..<value.shape.count), keeps: true, .sum)
        return [try lowering.unary(sums, .plain { powf($0, 1 / p) })]
    }
}
