import Base
import Infer
import KernelTypes
import Kernels
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

    /// A classifier's end as quantizers leave it: bytes of a picture of one pixel, flattened, times weights of 8 bits.
    private func classifier(rows: Int, depth: Int, outputs: Int, scales: Int, turned: Bool) -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.input("x", [rows, depth, 1, 1])
        builder.floats("scale", [], [0.01])
        builder.tensor("zero", [], type: 2, raw: [103])
        builder.tensor(
            "w8", turned ? [outputs, depth] : [depth, outputs], type: 3,
            raw: (0..<depth * outputs).map { UInt8(truncatingIfNeeded: $0 &* 7919 % 255 - 127) })
        let sides = scales == 1 ? [] : [scales]
        builder.floats("w scale", sides, (0..<scales).map { 0.002 + 0.001 * Float($0) })
        builder.tensor("w zero", sides, type: 3, raw: [UInt8](repeating: 0, count: scales))
        builder.floats("c", [outputs], (0..<outputs).map { Float($0) - 2 })
        builder.node("QuantizeLinear", ["x", "scale", "zero"], ["bytes"])
        builder.node("DequantizeLinear", ["bytes", "scale", "zero"], ["real"])
        builder.node("Flatten", ["real"], ["flat"])
        builder.node("DequantizeLinear", ["w8", "w scale", "w zero"], ["w"], ["axis": .int(turned ? 0 : 1)])
        builder.node("Gemm", ["flat", "w", "c"], ["y"], ["transB": .int(turned ? 1 : 0)])
        builder.output("y")
        return builder
    }

    @Test("a product of bytes has the numbers of the same product in real numbers, and keeps its weights as bytes")
    func productOfBytes() throws {
        for kernels in KernelTable.available.map(\.name) {
            for (rows, depth, outputs, scales, turned) in [
                (1, 5, 3, 1, true), (1, 130, 33, 33, true), (3, 64, 10, 10, true), (2, 16, 8, 1, false),
            ] {
                let builder = classifier(rows: rows, depth: depth, outputs: outputs, scales: scales, turned: turned)
                let input = numbers(rows * depth, 3)
                let (got, constants) = try Fixtures.withFile(builder.file) { path in
                    let file = try NetworkFile(path: path, threads: 2, kernels: kernels)
                    let engine = try file.engine()
                    unsafe engine.withInput(0) { _ = unsafe $0.update(from: input) }
                    engine.run()
                    return unsafe (Array(engine.output(0).values), file.constantBytes)
                }
                var truth: [Double] = []
                for row in 0..<rows {
                    for output in 0..<outputs {
                        let scale = Double(Float(0.002) + 0.001 * Float(scales == 1 ? 0 : output))
                        let sum = (0..<depth).reduce(0.0) { sum, k in
                            let byte = (input[row * depth + k] / 0.01).rounded(.toNearestOrEven) + 103
                            let place = turned ? output * depth + k : k * outputs + output
                            return sum + Double(min(max(byte, 0), 255) - 103) * 0.01 * Double(place * 7919 % 255 - 127)
                        }
                        truth.append(sum * scale + Double(output) - 2)
                    }
                }
                let worst = zip(got, truth).map { abs(Double($0) - $1) }.max() ?? .infinity
                #expect(
                    got.count == truth.count && worst < 1e-3, "\(rows) x \(depth) x \(outputs) on \(kernels): \(worst)")
                if turned && depth == 130 {
                    #expect(constants < 3 * depth * outputs, "\(constants) bytes on \(kernels)")
                }
            }
        }
    }
}
