/// Einstein's sum of one or two tensors: sides are summed, turned and multiplied as in a batch of matrices
enum EinsumOperator: Operator {
    static let name = "Einsum"

    static func lower(_ call: Call, _ lowering: Lowering) throws(InferError) -> [Value] {
        let equation = try Equation(call)
        var terms: [Term] = []
        for (index, letters) in equation.inputs.enumerated() {
            let value = try call.input(index)
            guard case .floats = value.content else { throw call.unsupported("integers") }
            guard letters.count == value.shape.count else {
                throw call.invalid("\(String(letters)) for an input of shape \(value.shape)")
            }
            terms.append(Term(letters: letters, value: value))
        }
        guard let first = terms.first else { throw call.invalid("no input") }
        guard terms.count == 2 else {
            let summed = try first.summed(keeping: Set(equation.output), call, lowering)
            return [try summed.turned(to: equation.output, lowering).value]
        }
        return [try product(first, terms[1], equation.output, call, lowering)]
    }

    /// What stands in the equation, with the output's letters worked out where it names none.
    private struct Equation {
        let inputs: [[Character]]
        let output: [Character]

        init(_ call: Call) throws(InferError) {
            let text = try call.string("equation", "").filter { $0 != " " }
            let sides = text.split(separator: ">", omittingEmptySubsequences: false)
            let left = sides[0].split(separator: "-", omittingEmptySubsequences: false).first ?? ""
            inputs = left.split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
            let letters = inputs.flatMap { $0 }
            guard text.allSatisfy({ $0.isASCII && ($0.isLetter || ",->".contains($0)) }), sides.count <= 2 else {
                throw call.unsupported("the equation \"\(text)\", which has more than letters in it,")
            }
            let once = Set(letters).filter { letter in letters.count { $0 == letter } == 1 }
            output = sides.count == 2 ? Array(sides[1]) : once.sorted()
            let repeats = (inputs + [output]).contains { Set($0).count != $0.count }
            guard (1...2).contains(inputs.count), inputs.count == call.inputs.count, !repeats else {
                throw call.unsupported("the equation \"\(text)\" with \(call.inputs.count) inputs")
            }
            guard output.allSatisfy(letters.contains) else { throw call.invalid("the equation \"\(text)\"") }
        }
    }

    /// A tensor with the letter of each of its sides.
    private struct Term {
        let letters: [Character]
        let value: Value

        func side(_ letter: Character) -> Int? { letters.firstIndex(of: letter).map { value.shape[$0] } }

        func summed(keeping kept: Set<Character>, _ call: Call, _ lowering: Lowering) throws(InferError) -> Term {
            let gone = letters.indices.filter { !kept.contains(letters[$0]) }
            guard !gone.isEmpty else { return self }
            let sum = try Reduction.reduced(call, lowering, value, gone, keeps: false, .sum)
            return Term(letters: letters.filter(kept.contains), value: sum)
        }

        func turned(to order: [Character], _ lowering: Lowering) throws(InferError) -> Term {
            let axes = order.compactMap(letters.firstIndex(of:))
            guard axes != Array(letters.indices) else { return self }
            return Term(letters: order, value: try TransposeOperator.transposed(value, axes, lowering))
        }
    }

    private static func product(
        _ first: Term, _ second: Term, _ output: [Character], _ call: Call, _ lowering: Lowering
    ) throws(InferError) -> Value {
        let left = try first.summed(keeping: Set(output + second.letters), call, lowering)
        let right = try second.summed(keeping: Set(output + first.letters), call, lowering)
        let common = left.letters.filter(right.letters.contains)
        for letter in common where left.side(letter) != right.side(letter) {
            throw call.unsupported("sides \(left.value.shape) and \(right.value.shape) under one letter")
        }
        let batch = common.filter(output.contains), inner = common.filter { !output.contains($0) }
        let rows = left.letters.filter { !common.contains($0) }, columns = right.letters.filter { !common.contains($0) }
        func count(_ letters: [Character], in term: Term) -> Int { letters.compactMap(term.side).reduce(1, *) }
        let multiplication = try Multiplication(
            rows: count(rows, in: left), columns: count(columns, in: right), depth: count(inner, in: left)
        ).checked(call)
        let matrices = count(batch, in: left)
        guard matrices <= Limits.blocksPerTensor else { throw call.unsupported("a batch of \(matrices)") }
        let (rowCount, depth, columnCount) = (multiplication.rows, multiplication.depth, multiplication.columns)
        let sides = (batch + rows).compactMap(left.side) + columns.compactMap(right.side)
        let result = try MatMulOperator.multiplied(
            call, try left.turned(to: batch + rows + inner, lowering).value,
            try right.turned(to: batch + inner + columns, lowering).value, multiplication,
            (0..<matrices).map { ($0 * rowCount * depth, $0 * depth * columnCount) }, sides, lowering)
        return try Term(letters: batch + rows + columns, value: result).turned(to: output, lowering).value
    }
}
