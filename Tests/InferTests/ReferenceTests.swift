import Base
import FoundationEssentials
import Infer
import Kernels
import Testing

/// Whole networks against what ONNX Runtime says (Tests/Fixtures/make_fixtures.py).
@Suite struct ReferenceTests {
    struct Reference: Decodable {
        struct Output: Decodable {
            let name: String
            let shape: [Int]
            let largest: Float
            let step: Int
            let values: [Float]
        }
        let inputShape: [Int]
        let scale: Float
        let outputs: [Output]

        init(_ name: String) throws {
            let url = URL(filePath: "\(Fixtures.package)/Tests/Fixtures/infer/\(name).json")
            self = try JSONDecoder().decode(Reference.self, from: try Data(contentsOf: url))
        }
    }

    static let tiny = ["tiny_yolox", "tiny_shufflenet", "tiny_half", "tiny_classifier"]
    static let quantized = ["tiny_yolox_int8", "tiny_shufflenet_int8"]
    static let kernels = KernelTable.available.map(\.name)
    static let real = [
        "yolox-nano/yolox_nano", "nanodet-m/nanodet_m_416", "nanodet-plus-m/nanodet-plus-m_416",
        "fastestdet/FastestDet", "yunet/yunet_n_320_320", "yunet/yunet_n_dynamic",
    ]

    @Test("small networks made of the detectors' parts give ONNX Runtime's outputs", arguments: tiny, kernels)
    func tinyNetworks(name: String, kernels: String) throws {
        for threads in [1, 3] {
            let path = "\(Fixtures.package)/Tests/Fixtures/infer/\(name).onnx"
            try Self.compare(path, try Reference(name), kernels: kernels, threads: threads)
        }
    }

    /// Sums are exact, but what lies half-way between two bytes may go either way, and a few layers later that is a few bytes.
    @Test("networks in 8 bits by ONNX Runtime's quantizer give its outputs", arguments: quantized, kernels)
    func quantizedNetworks(name: String, kernels: String) throws {
        for threads in [1, 3] {
            let path = "\(Fixtures.package)/Tests/Fixtures/infer/\(name).onnx"
            try Self.compare(path, try Reference(name), kernels: kernels, threads: threads, tolerance: 0.03)
        }
    }

    @Test(
        "real detectors give ONNX Runtime's outputs",
        .enabled(if: Fixtures.shared != nil, "needs the real networks (PORCHLIGHT_SHARED)"), arguments: real)
    func realNetworks(path: String) throws {
        let name = String(path.split(separator: "/").last ?? "")
        let file = "\(Fixtures.shared ?? "")/models/\(path).onnx"
        for threads in [1, 2] { try Self.compare(file, try Reference(name), kernels: "best", threads: threads) }
    }

    @Test(
        "a network asked for another shape than its file says gives what ONNX Runtime gives for that shape",
        arguments: kernels)
    func tinyNetworkOfAnotherShape(kernels: String) throws {
        let path = "\(Fixtures.package)/Tests/Fixtures/infer/tiny_yolox.onnx"
        try Self.compare(path, try Reference("tiny_yolox_32x96"), kernels: kernels, threads: 2, replacesSides: true)
    }

    @Test(
        "so do real detectors, in the shape of a camera",
        .enabled(if: Fixtures.shared != nil, "needs the real networks (PORCHLIGHT_SHARED)"),
        arguments: [
            ("teachers/nanodet-plus-m-1.5x", "480x256"), ("yolox-nano/yolox_nano", "256x480"),
        ])
    func realNetworksOfAnotherShape(path: String, size: String) throws {
        let reference = try Reference("\(path.split(separator: "/").last ?? "")_\(size)")
        let file = "\(Fixtures.shared ?? "")/models/\(path).onnx"
        try Self.compare(file, reference, kernels: "best", threads: 2, replacesSides: true)
    }

    /// - Parameters:
    ///   - tolerance: of the largest value.
    ///   - replacesSides: whatever height and width the file says.
    private static func compare(
        _ path: String, _ reference: Reference, kernels: String, threads: Int, tolerance share: Float = 1e-3,
        replacesSides: Bool = false
    ) throws {
        let file = try NetworkFile(path: path, threads: threads, kernels: kernels)
        let engine = try file.engine(inputShape: reference.inputShape, replacesSides: replacesSides)
        #expect(engine.inputs.map(\.shape) == [reference.inputShape])
        unsafe engine.withInput(0) { input in
            for index in input.indices {
                unsafe input[index] = Float(index &* 7919 % 1009) / 1009 * reference.scale
            }
        }
        // Twice: a plan that reuses the memory of something still needed shows in the second pass at the latest.
        engine.run()
        engine.run()
        for (index, expected) in reference.outputs.enumerated() {
            let output = engine.output(index)
            #expect(output.name == expected.name)
            #expect(output.shape == expected.shape)
            // Plus a little for sigmoids far in their tails, where ONNX Runtime is as inexact.
            let tolerance = share * expected.largest + 1e-6
            var worst: Float = 0
            for (position, value) in expected.values.enumerated() {
                worst = max(worst, abs(unsafe output.values[position * expected.step] - value))
            }
            #expect(worst <= tolerance, "output \(expected.name) of \(path)")
            let largest = unsafe output.values.map(abs).max() ?? 0
            #expect(abs(largest - expected.largest) <= tolerance)
        }
    }
}
