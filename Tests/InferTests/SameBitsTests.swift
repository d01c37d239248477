import Base
import Infer
import Kernels
import Testing

/// A network quantized on one board is the one that another board makes, and both tell the same of a picture.
@Suite struct SameBitsTests {
    private func results(_ kernels: String, _ channels: Int, _ side: Int, _ kernel: Int) throws -> [Float] {
        var builder = ONNXBuilder()
        builder.input("x", [1, channels, side, side])
        let count = channels * channels * kernel * kernel
        builder.floats(
            "w", [channels, channels, kernel, kernel], (0..<count).map { Float($0 &* 7919 % 255) / 127 - 1 })
        builder.floats("b", [channels], (0..<channels).map { Float($0) / 7 })
        builder.node("Conv", ["x", "w", "b"], ["first"], ["pads": .ints([Int](repeating: kernel / 2, count: 4))])
        builder.node("Conv", ["first", "w", "b"], ["second"], ["pads": .ints([Int](repeating: kernel / 2, count: 4))])
        builder.node("Add", ["second", "first"], ["y"])
        builder.output("y")
        return try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 2, kernels: kernels)
            unsafe engine.withInput(0) { input in
                for index in input.indices { unsafe input[index] = Float(index &* 31 % 101) / 50 - 1 }
            }
            engine.run()
            return unsafe Array(engine.output(0).values)
        }
    }

    @Test(
        "sums are made in one order by all kernels that multiply and add in one step, whatever is left over by their vectors",
        arguments: [
            (24, 7, 1), (36, 10, 1), (20, 11, 1), (44, 13, 3), (64, 9, 1), (520, 7, 1), (384, 10, 1), (12, 3, 1),
        ])
    func order(channels: Int, side: Int, kernel: Int) throws {
        let fused = KernelTable.available.map(\.name).filter { $0 != "scalar" && $0 != "x86-64" }
        let truth = try results(fused.first ?? "scalar", channels, side, kernel)
        for kernels in fused.dropFirst() {
            let found = try results(kernels, channels, side, kernel)
            let apart = zip(found, truth).count { $0.bitPattern != $1.bitPattern }
            #expect(apart == 0, "\(channels) channels, \(side)x\(side): \(apart) numbers of \(kernels)")
        }
        let plain = try results("scalar", channels, side, kernel)
        let scale = plain.map(abs).max() ?? 1
        #expect(zip(truth, plain).allSatisfy { abs($0 - $1) < 1e-5 * scale })
    }
}
