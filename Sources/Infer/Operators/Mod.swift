import Glibc

/// What is left of a division: the sign of the divisor as in Python, or with fmod of the dividend as in C
enum ModOperator: Operator {
    static let name = "Mod"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let (left, right) = (try call.input(0), try call.input(1))
        let isC = try call.int("fmod", 0) != 0
        if case .integers = left.content, case .integers(let divisors) = right.content {
            guard !divisors.contains(0) else { throw call.invalid("an integer is divided by zero") }
            return [try lowering.combined(call) { isC ? $0.remainder($1) : $0.modulus($1) }.typed(left.type)]
        }
        return [
            try lowering.binary(
                call, left, right,
                .plain { x, y in
                    let rest = fmodf(x, y)
                    return isC || rest == 0 || (rest < 0) == (y < 0) ? rest : rest + y
                })
        ]
    }
}

extension Int64 {
    /// C's rule. The one quotient that does not fit leaves nothing.
    fileprivate func remainder(_ divisor: Int64) -> Int64 {
        remainderReportingOverflow(dividingBy: divisor).partialValue
    }

    /// Python's rule.
    fileprivate func modulus(_ divisor: Int64) -> Int64 {
        let rest = remainder(divisor)
        return rest == 0 || (rest < 0) == (divisor < 0) ? rest : rest + divisor
    }
}
