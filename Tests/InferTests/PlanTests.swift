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

    @Test("the counter counts")
    func counterCounts() {
        let before = CMallocCounter_count()
        let list = unsafe [Int](unsafeUninitializedCapacity: 1000) { _, count in count = 0 }
        #expect(CMallocCounter_count() > before && list.isEmpty)
    }
}
