import Base
import Infer
import Testing

/// Products of matrices, however many rows, columns and pictures they have.
@Suite struct MultiplicationTests {
    private func numbers(_ count: Int, _ seed: Int) -> [Float] {
        (0..<count).map { Float(($0 * 37 + seed * 11) % 101) / 50 - 1 }
    }

    /// - Parameter turned: the right one is given as its transpose.
    private func expectProduct(
        _ batch: Int, _ rows: Int, _ depth: Int, _ columns: Int, isGemm: Bool = false, turned: Bool = false,
        isConstant: Bool = true
    ) throws {
        var builder = ONNXBuilder()
        let (left, right) = (numbers(batch * rows * depth, 1), numbers(depth * columns, 2))
        let given = turned ? (0..<columns).flatMap { c in (0..<depth).map { right[$0 * columns + c] } } : right
        let shape = turned ? [columns, depth] : [depth, columns]
        builder.input("x", isGemm ? [rows, depth] : [batch, rows, depth])
        if isConstant { builder.floats("w", shape, given) } else { builder.input("w", shape) }
        if isGemm {
            builder.node("Gemm", ["x", "w"], ["y"], ["transB": .int(turned ? 1 : 0)])
        } else {
            builder.node("MatMul", ["x", "w"], ["y"])
        }
        builder.output("y")
        let got = try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 2)
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: left) }
            if !isConstant { unsafe engine.withInput(1) { _ = unsafe $0.update(from: given) } }
            engine.run()
            return unsafe Array(engine.output(0).values)
        }
        var truth: [Double] = []
        for row in 0..<batch * rows {
            for column in 0..<columns {
                truth.append(
                    (0..<depth).reduce(0) { sum, k in
                        sum + Double(left[row * depth + k]) * Double(right[k * columns + column])
                    })
            }
        }
        let worst = zip(got, truth).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(
            got.count == truth.count && worst < 2e-6 * Double(depth + 8), "\(batch) x \(rows) x \(depth) x \(columns)")
    }

    @Test("a product has the same numbers whichever kernel serves its size")
    func sizes() throws {
        for rows in [1, 2, 3, 4, 5, 9, 33] {
            for depth in [1, 7, 130] {
                for columns in [1, 2, 15, 16, 50, 97] {
                    try expectProduct(1, rows, depth, columns)
                    try expectProduct(2, rows, depth, columns, isConstant: false)
                }
            }
        }
        try expectProduct(3, 197, 700, 200)
        // Each picture has one row, as queries of a decoder: all of them are rows of one product.
        try expectProduct(40, 1, 64, 48)
    }

    @Test("rows beside a matrix that is given turned come out as they should")
    func turned() throws {
        for rows in [1, 2, 3, 4, 9] {
            for columns in [1, 16, 50] {
                try expectProduct(1, rows, 33, columns, isGemm: true, turned: true)
                try expectProduct(1, rows, 33, columns, isGemm: true)
            }
        }
    }
}
