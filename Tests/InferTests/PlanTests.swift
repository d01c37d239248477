import Base
import CMallocCounter
import Infer
import TestSupport
import Testing

@Suite struct PlanTests {
    @Test("two tensors that are needed at the same time never share memory", arguments: 0..<50)
    func livingTensorsDoNotOverlap(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let lifetimes = (0..<Int.random(in: 1...120, using: &random)).map { _ in
            let first = Int.random(in: 0..<100, using: &random)
            return Lifetime(
                floats: Int.random(in: 0...5000, using: &random), first: first,
                last: first + Int.random(in: 0..<20, using: &random))
        }
        let plan = MemoryPlan.placed(lifetimes)
        for (a, one) in lifetimes.enumerated() {
            #expect(plan.starts[a] % MemoryPlan.alignment == 0 && plan.starts[a] + one.floats <= plan.floats)
            for (b, other) in lifetimes.enumerated().dropFirst(a + 1)
            where one.first <= other.last && other.first <= one.last && one.floats > 0 && other.floats > 0 {
                let apart =
                    plan.starts[a] + one.floats <= plan.starts[b] || plan.starts[b] + other.floats <= plan.starts[a]
                #expect(apart, "tensors \(a) and \(b)")
            }
        }
    }

    @Test("a chain of layers needs two buffers, however long it is")
    func chainReusesMemory() {
        let chain = (0..<100).map { Lifetime(floats: 1600, first: $0, last: $0 + 1) }
        #expect(MemoryPlan.placed(chain).floats == 3200)
    }

    @Test(
        "a run allocates nothing, so a camera that runs for months cannot fragment the memory",
        arguments: ReferenceTests.tiny + ReferenceTests.quantized)
    func runAllocatesNothing(name: String) throws {
        let shape = try ReferenceTests.Reference(name).inputShape
        let engine = try Engine.load(
            path: "\(Fixtures.package)/Tests/Fixtures/infer/\(name).onnx", inputShape: shape, threads: 1)
        engine.run()
        let before = CMallocCounter_count()
        for _ in 0..<20 { engine.run() }
        #expect(CMallocCounter_count() == before)
    }

    /// A small network with every kind of convolution, for some pictures at a time.
    private func network(pictures: Int) throws -> Engine {
        var builder = ONNXBuilder()
        func weights(_ count: Int) -> [Float] { (0..<count).map { Float(($0 &* 37) % 19) / 19 - 0.45 } }
        builder.input("pictures", [pictures, 3, 11, 9])
        builder.floats("stem", [8, 3, 3, 3], weights(216))
        builder.floats("mix", [16, 8, 1, 1], weights(128))
        builder.floats("each", [16, 1, 3, 3], weights(144))
        builder.floats("back", [8, 24, 1, 1], weights(192))
        builder.floats("halves", [8, 4, 1, 1], weights(32))
        builder.node("Conv", ["pictures", "stem"], ["a"], ["strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1])])
        builder.node("Relu", ["a"], ["b"])
        builder.node("Conv", ["b", "mix"], ["c"])
        builder.node("Conv", ["c", "each"], ["d"], ["group": .int(16), "pads": .ints([1, 1, 1, 1])])
        builder.node("Concat", ["b", "d"], ["e"], ["axis": .int(1)])
        builder.node("Conv", ["e", "back"], ["f"])
        builder.node("Add", ["f", "b"], ["g"])
        builder.node("Relu", ["g"], ["h"])
        builder.node("Conv", ["h", "halves"], ["result"], ["group": .int(2)])
        builder.output("result")
        return try Fixtures.withFile(builder.file) { try Engine.load(path: $0, threads: 1) }
    }

    @Test("pictures that go through together come out as if each had gone alone, and share one copy of the weights")
    func batch() throws {
        let single = try network(pictures: 1), together = try network(pictures: 5)
        let picture = 3 * 11 * 9
        unsafe together.withInput(0) { values in
            for i in values.indices { unsafe values[i] = Float((i &* 7919) % 101) / 50 - 1 }
        }
        together.run()
        let results = unsafe Array(together.output(0).values)
        for index in 0..<5 {
            unsafe single.withInput(0) { values in
                for i in values.indices {
                    unsafe values[i] = Float(((index * picture + i) &* 7919) % 101) / 50 - 1
                }
            }
            single.run()
            let alone = unsafe Array(single.output(0).values)
            let part = results[index * alone.count..<(index + 1) * alone.count]
            #expect(zip(part, alone).allSatisfy { abs($0 - $1) < 1e-5 }, "picture \(index)")
        }
        #expect(together.weightBytes == single.weightBytes)
    }

    @Test("two layers whose weights differ in one number keep their own")
    func nearlyEqualWeights() throws {
        var builder = ONNXBuilder()
        builder.input("x", [64, 64])
        let weights = [Float](repeating: 1, count: 64 * 64)
        for (name, from, result) in [("first", "x", "y"), ("second", "y", "z")] {
            var own = weights
            // No word of those by which constants are told apart first.
            if name == "second" { own[64 * 63 + 5] = 3 }
            builder.floats(name, [64, 64], own)
            builder.node("MatMul", [from, name], [result])
        }
        builder.output("z")
        let engine = try Fixtures.withFile(builder.file) { try Engine.load(path: $0, threads: 1) }
        unsafe engine.withInput(0) { unsafe $0.update(repeating: 1) }
        engine.run()
        let row = unsafe Array(engine.output(0).values.prefix(64))
        #expect(row[4] == 64 * 64 && row[5] == 64 * 64 + 2 * 64)
    }

    @Test("the counter counts", .enabled(if: CMallocCounter_isCounting() != 0))
    func counterCounts() {
        let before = CMallocCounter_count()
        let list = unsafe [Int](unsafeUninitializedCapacity: 1000) { _, count in count = 0 }
        #expect(CMallocCounter_count() > before && list.isEmpty)
    }
}
