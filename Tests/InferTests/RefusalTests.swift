import Base
import Infer
import Runtime
import Testing

/// What cannot be run is refused when it is loaded, with the name of what is in the way.
@Suite struct RefusalTests {
    private func refusal(_ file: [UInt8], inputShape: [Int]? = nil) throws -> String {
        try Fixtures.withFile(file) { path in
            do {
                _ = try Engine.load(path: path, inputShape: inputShape, threads: 1)
                return "nothing"
            } catch let error as InferError {
                #expect(error.recovery == .giveUp)
                return error.description
            }
        }
    }

    private func picture() -> ONNXBuilder {
        var builder = ONNXBuilder()
        builder.input("image", [1, 2, 8, 8])
        builder.output("result")
        return builder
    }

    @Test("an unknown operator is named together with its node")
    func unknownOperator() throws {
        var builder = picture()
        builder.node("NonZero", ["image"], ["result"], name: "post/nonzero")
        let text = try refusal(builder.file)
        #expect(text.contains("NonZero") && text.contains("post/nonzero") && text.contains("nms=False"))
    }

    @Test("an attribute that the engine does not have is named")
    func unsupportedAttribute() throws {
        var builder = picture()
        builder.integers("sizes", [1, 2, 16, 16])
        builder.node("Resize", ["image", "", "", "sizes"], ["result"], ["mode": .text("cubic")], name: "up")
        let text = try refusal(builder.file)
        #expect(text.contains("Resize") && text.contains("up") && text.contains("cubic"))
    }

    @Test("a number that its type does not hold is refused, and the zero point of a quantized network with it")
    func numberBeyondItsType() throws {
        for (type, number, name) in [(3, Int.max, "int8"), (2, -1, "uint8"), (3, -129, "int8"), (6, 1 << 40, "int32")] {
            var builder = picture()
            builder.floats("scale", [], [0.5])
            builder.tensor("zero", [], type: type, data: Wire.varint(5, number))
            builder.node("QuantizeLinear", ["image", "scale", "zero"], ["bytes"])
            builder.node("DequantizeLinear", ["bytes", "scale", "zero"], ["real"])
            builder.node("Relu", ["real"], ["result"])
            let text = try refusal(builder.file)
            #expect(text.contains("\(number)") && text.contains(name), "\(text)")
        }
    }

    @Test("a node that reads what nobody made is refused, also in a circle; nodes out of order are put in order")
    func outOfOrder() throws {
        var sorted = picture()
        sorted.node("Relu", ["later"], ["result"])
        sorted.node("Relu", ["image"], ["later"])
        #expect(try refusal(sorted.file) == "nothing")
        var missing = picture()
        missing.node("Relu", ["nowhere"], ["result"])
        #expect(try refusal(missing.file).contains("nowhere"))
        var circle = picture()
        circle.node("Add", ["image", "b"], ["result"])
        circle.node("Relu", ["a"], ["b"])
        circle.node("Relu", ["b"], ["a"])
        #expect(try refusal(circle.file) != "nothing")
    }

    @Test("a shape that would fill the memory of the board is refused before anything is allocated")
    func hugeTensor() throws {
        var builder = picture()
        builder.integers("shape", [1, 2, 100_000, 8, 100_000, 8])
        builder.node("Expand", ["image", "shape"], ["result"])
        #expect(try refusal(builder.file) != "nothing")
        var padded = picture()
        padded.integers("pads", [0, 0, 2_000_000_000, 0, 0, 0, 0, 2_000_000_000])
        padded.node("Pad", ["image", "pads"], ["result"])
        #expect(try refusal(padded.file).contains("allowed"))
    }

    @Test("an input with open sides asks for a shape, and takes only one that fits")
    func openSides() throws {
        var builder = ONNXBuilder()
        builder.input("image", [-1, 3, -1, -1])
        builder.output("result")
        builder.node("Relu", ["image"], ["result"])
        #expect(try refusal(builder.file).contains("image"))
        #expect(try refusal(builder.file, inputShape: [1, 4, 8, 8]).contains("[1, 4, 8, 8]"))
        #expect(try refusal(builder.file, inputShape: [1, 3, 8, 8]) == "nothing")
    }

    @Test("kernels that this processor does not have are refused")
    func unknownKernels() throws {
        var builder = picture()
        builder.node("Relu", ["image"], ["result"])
        try Fixtures.withFile(builder.file) { path in
            _ = #expect(throws: InferError.self) { try Engine.load(path: path, kernels: "z80") }
        }
    }
}
