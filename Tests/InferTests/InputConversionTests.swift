import Base
import Infer
import Testing

/// Files that ask for other inputs than planes of floats are fed planes of floats all the same.
@Suite("Inputs of other kinds") struct InputConversionTests {
    private func output(_ builder: ONNXBuilder, _ values: [Float]) throws -> (input: [Int], [Float]) {
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { _ = unsafe $0.update(fromContentsOf: values) }
            engine.run()
            return unsafe (engine.inputs[0].shape, Array(engine.output(0).values))
        }
    }

    @Test("bytes with the colours behind: [1, height, width, 3] of uint8")
    func bytesBehind() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 16, 16, 3], type: 2)
        builder.output("result")
        builder.node("Cast", ["image"], ["result"], ["to": .int(1)])
        let few: [Float] = [0.4, 1.5, 2.5, 300, -5]
        var planes: [Float] = []
        for index in 0..<768 { planes.append(few[index % 5] + Float(index / 256)) }
        let (input, found) = try output(builder, planes)
        #expect(input == [1, 3, 16, 16])
        let bytes: [Float] = planes.map { number in min(255, max(0, number.rounded(.toNearestOrEven))) }
        var expected: [Float] = []
        for pixel in 0..<256 { for plane in 0..<3 { expected.append(bytes[plane * 256 + pixel]) } }
        #expect(found == expected)
    }

    @Test(
        "four sides that are no picture's stay as they are",
        arguments: [[1, 8, 8, 3], [2, 16, 16, 3], [1, 16, 16, 4]])
    func noPicture(shape: [Int]) throws {
        var builder = ONNXBuilder()
        builder.input("image", shape)
        builder.output("result")
        builder.node("Relu", ["image"], ["result"])
        #expect(try output(builder, [Float](repeating: 1, count: shape.reduce(1, *))).input == shape)
    }

    @Test(
        "half precision, double precision and 32-bit integers",
        arguments: [(10, [1.25, -3]), (11, [1.25, -3]), (6, [1, -3])])
    func types(type: Int, expected: [Float]) throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 1, 1, 2], type: type)
        builder.output("result")
        builder.node("Cast", ["image"], ["result"], ["to": .int(1)])
        #expect(try output(builder, [1.25, -3]).1 == expected)
    }

    @Test("the file's notes are read, and come out of a file that was written from it")
    func metadata() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 1, 1, 2], type: 2)
        builder.output("result")
        builder.node("Cast", ["image"], ["result"], ["to": .int(1)])
        let file = builder.file + Wire.bytes(14, Wire.text(1, "names") + Wire.text(2, "{0: 'a'}"))
        try Fixtures.withFile(file) { path in
            let network = try NetworkFile(path: path, threads: 1)
            #expect(network.metadata == ["names": "{0: 'a'}"] && network.takesWholeNumbers)
        }
    }
}
