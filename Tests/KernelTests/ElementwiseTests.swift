import Glibc
import Kernels
import Testing

@Suite struct ElementwiseTests {
    /// Runs on all counts, on all given tables and the plain ones, and compares.
    private func compare(
        _ name: String, tolerance: Float, scale: Float = 6,
        _ body: (KernelTable, Plane, Plane, MutablePlane, Int) -> Void
    ) throws {
        let table = try #require(KernelTable.named(name))
        for count in awkwardCounts {
            let left = GuardedPlanes.random(1, count, seed: 1, scale: scale)
            let right = GuardedPlanes.random(1, count, seed: 2, scale: scale)
            let fast = GuardedPlanes.output(1, count), plain = GuardedPlanes.output(1, count)
            body(table, left.first, right.first, fast.first, count)
            body(.scalar, left.first, right.first, plain.first, count)
            #expect(largestError(fast.values, plain.values) <= tolerance, "\(count) numbers")
            #expect(fast.guardsUntouched, "\(count) numbers")
        }
    }

    @Test("activations", arguments: fastTables)
    func activations(name: String) throws {
        for activation in everyActivation {
            try compare(name, tolerance: 1e-6) { table, x, _, y, count in table.activate(x, y, count, activation) }
        }
    }

    @Test("arithmetic of two planes", arguments: fastTables)
    func binary(name: String) throws {
        for operation in BinaryOperation.allCases {
            try compare(name, tolerance: 1e-7) { table, a, b, y, count in table.combine(a, b, y, count, operation) }
        }
        try compare(name, tolerance: 1e-6) { table, a, _, y, count in table.affine(a, 1.5, -3, y, count) }
    }

    @Test("softmax, sum and exponential", arguments: fastTables)
    func reductions(name: String) throws {
        try compare(name, tolerance: 1e-6) { table, a, _, y, count in table.softmax(a, y, 1, count) }
        try compare(name, tolerance: 1e-6) { table, a, _, y, count in table.exponential(a, y, count) }
        try compare(name, tolerance: 1e-5) { table, a, _, y, count in if count > 0 { y[0] = table.sum(a, count) } }
        let table = try #require(KernelTable.named(name))
        let rows = GuardedPlanes.random(1, 5 * 33, seed: 9), result = GuardedPlanes.output(1, 5 * 33)
        table.softmax(rows.first, result.first, 5, 33)
        for row in 0..<5 { #expect(abs(result.values[row * 33..<row * 33 + 33].reduce(0, +) - 1) < 1e-5) }
    }

    @Test(
        "the exponential is within 1e-6 of libm over its whole range, and SiLU of its definition", arguments: fastTables
    )
    func accuracy(name: String) throws {
        let table = try #require(KernelTable.named(name))
        let x = GuardedPlanes.random(1, 100_000, seed: 3, scale: 87), y = GuardedPlanes.output(1, 100_000)
        table.exponential(x.first, y.first, 100_000)
        let worst = zip(x.values, y.values).map { abs(Double($1) / exp(Double($0)) - 1) }.max() ?? .infinity
        #expect(worst < 1e-6)
        table.activate(x.first, y.first, 100_000, .silu)
        let silu = zip(x.values, y.values).map { x, y in abs(Double(y) - Double(x) / (1 + exp(-Double(x)))) }.max()
        #expect(try #require(silu) < 1e-5)
    }

    @Test("an activation in place, and numbers that are not finite", arguments: fastTables)
    func specialNumbers(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for activation in everyActivation {
            let fast = GuardedPlanes.random(1, 40, seed: 4), plain = GuardedPlanes.random(1, 40, seed: 4)
            for planes in [fast, plain] {
                for (index, x) in [Float.nan, 1e30, -1e30, 100, -100, 0, -0.0].enumerated() { planes.first[index] = x }
            }
            table.activate(fast.first, fast.first, 40, activation)
            KernelTable.scalar.activate(plain.first, plain.first, 40, activation)
            #expect(largestError(fast.values, plain.values) < 1e-6, "\(activation)")
        }
    }
}

@Suite struct ResizeTests {
    @Test("nearest upsampling by any factor, any share of rows", arguments: fastTables)
    func nearest(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for (height, width) in awkwardSizes {
            for (factorY, factorX) in [(1, 1), (2, 2), (3, 2), (2, 3), (4, 4)] {
                let input = GuardedPlanes.random(1, height * width, seed: 1), rows = height * factorY
                let fast = GuardedPlanes.output(1, rows * width * factorX)
                let plain = GuardedPlanes.output(1, rows * width * factorX)
                table.upsampleNearest(input.first, width, factorY, factorX, fast.first, rows / 3, rows)
                KernelTable.scalar.upsampleNearest(input.first, width, factorY, factorX, plain.first, rows / 3, rows)
                #expect(fast.values == plain.values && fast.guardsUntouched, "\(height) x \(width)")
            }
        }
    }

    private func bilinear(_ table: KernelTable, from width: Int, to count: Int) -> GuardedPlanes {
        let top = GuardedPlanes.random(1, width, seed: 1), bottom = GuardedPlanes.random(1, width, seed: 2)
        let output = GuardedPlanes.output(1, count)
        let left = (0..<count).map { Int32($0 * width / count) }
        let right = left.map { Int32(min(width - 1, Int($0) + 1)) }
        let weight = (0..<count).map { Float($0 % 5) / 5 }
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                weight.withUnsafeBufferPointer { weight in
                    guard let l = left.baseAddress, let r = right.baseAddress, let w = weight.baseAddress else {
                        return
                    }
                    let columns = BilinearColumns(count: count, left: l, right: r, weight: w)
                    table.bilinearRow(top.first, bottom.first, 0.3, columns, output.first)
                }
            }
        }
        return output
    }

    @Test("a bilinear row mixes its four neighbours, growing and shrinking", arguments: fastTables)
    func bilinear(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for (width, count) in [(1, 1), (1, 5), (3, 7), (20, 37), (26, 52), (52, 104), (70, 71), (129, 130), (400, 80)] {
            let fast = bilinear(table, from: width, to: count), plain = bilinear(.scalar, from: width, to: count)
            #expect(largestError(fast.values, plain.values) < 1e-6, "\(width) to \(count)")
            #expect(fast.guardsUntouched, "\(width) to \(count)")
        }
    }

    @Test("planes become rows of channels", arguments: fastTables)
    func interleave(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for channels in [1, 3, 5, 8, 17, 85] {
            for pixels in awkwardCounts {
                let input = GuardedPlanes.random(channels, pixels, seed: 1)
                let fast = GuardedPlanes.output(1, pixels * (channels + 2))
                let plain = GuardedPlanes.output(1, pixels * (channels + 2))
                table.interleave(input.readable, channels, pixels / 3, pixels, fast.first, channels + 2)
                KernelTable.scalar.interleave(input.readable, channels, pixels / 3, pixels, plain.first, channels + 2)
                #expect(fast.values == plain.values && fast.guardsUntouched, "\(channels) x \(pixels)")
            }
        }
    }
}
