import FoundationEssentials
import Infer
import TestSupport
import Testing

/// A model file is untrusted: whatever is in it, the engine refuses it with one error or runs it.
@Suite struct CorruptionTests {

    @Test(
        "a damaged model ends in an error or in a run, never in a crash",
        arguments: ReferenceTests.tiny + ReferenceTests.quantized)
    func damagedFiles(name: String) throws {
        let good = try Data(contentsOf: URL(filePath: "\(Fixtures.package)/Tests/Fixtures/infer/\(name).onnx"))
        var (refused, ran) = (0, 0)
        let shape = try ReferenceTests.Reference(name).inputShape
        try Fixtures.withFile([]) { path in
            for seed in 0..<1500 {
                var random = SplitMix(seed: UInt64(seed))
                try Data(Self.damaged(Array(good), &random)).write(to: URL(filePath: path))
                do {
                    try Self.run(path, shape)
                    ran += 1
                } catch let error as InferError {
                    refused += 1
                    #expect(!error.description.isEmpty)
                }
            }
        }
        print("\(name): \(refused) damaged files refused, \(ran) ran")
        #expect(refused > 50 && ran > 50)
    }

    private static func run(_ path: String, _ shape: [Int]) throws {
        let engine = try Engine.load(path: path, inputShape: shape, threads: 1)
        // What is allowed may still take long; a test need not wait for it.
        if engine.gmac < 0.1 && engine.workspaceBytes < 1 << 26 { engine.run() }
    }

    /// Flips, overwrites, cuts, doubles or removes; mostly near the beginning of messages, where the structure is.
    private static func damaged(_ good: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = good
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return Array(good.prefix(Int.random(in: 0..<good.count, using: &random)))
        case 1:
            let start = Int.random(in: 0..<good.count, using: &random)
            let end = min(good.count, start + Int.random(in: 1..<64, using: &random))
            bytes.removeSubrange(start..<end)
        case 2:
            let start = Int.random(in: 0..<good.count, using: &random)
            bytes.insert(contentsOf: good[start..<min(good.count, start + 40)], at: start)
        case 3:
            // Text and small numbers sit between weights: change only bytes that look like structure.
            let structure = good.indices.filter { good[$0] < 16 }
            for _ in 0..<3 {
                guard let at = structure.randomElement(using: &random) else { break }
                bytes[at] = UInt8.random(in: 0..<16, using: &random)
            }
        case 4:
            let at = Int.random(in: 0..<good.count, using: &random)
            for index in at..<min(good.count, at + 9) { bytes[index] = 0xFF }
        default:
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<good.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    @Test(
        "what is no model at all is refused with its reason",
        arguments: [
            ("empty", [UInt8]()), ("text", Array("not a model".utf8)), ("zeros", [UInt8](repeating: 0, count: 100)),
            ("endless number", [UInt8](repeating: 0xFF, count: 100)),
            ("huge length", [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        ])
    func noModel(name: String, bytes: [UInt8]) throws {
        try Fixtures.withFile(bytes) { path in
            _ = #expect(throws: InferError.self) { try Engine.load(path: path) }
        }
    }

    @Test("a missing file and a folder are refused, not waited for")
    func noFile() throws {
        #expect(throws: InferError.self) { try Engine.load(path: "/nonexistent/model.onnx") }
        #expect(throws: InferError.self) { try Engine.load(path: "/") }
    }
}
