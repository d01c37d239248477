import Base
import Foundation
import Infer
import Testing

/// Weights in a file beside the network, as torch writes them; the network's file is untrusted, and so are the places that it
/// names.
@Suite("Weights in a file beside") struct ExternalDataTests {
    /// A folder with `model.onnx`, whose one weight `w` lies elsewhere, and `weights/numbers.bin` with the numbers 0 to 7.
    private func inFolder<R>(_ entries: [(String, String)], type: Int = 1, _ body: (String) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "external-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "model/weights"), withIntermediateDirectories: true)
        let numbers = (0..<8).flatMap { Wire.little(Float($0).bitPattern) }
        for place in ["outside.bin", "model/beside.bin", "model/weights/numbers.bin"] {
            try Data(numbers).write(to: folder.appending(path: place))
        }
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "model/link.bin"), withDestinationURL: folder.appending(path: "outside.bin"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "model/up"), withDestinationURL: folder)
        var builder = ONNXBuilder()
        builder.input("image", [1, 4])
        builder.output("result")
        let external = entries.flatMap { Wire.bytes(13, Wire.text(1, $0.0) + Wire.text(2, $0.1)) } + Wire.varint(14, 1)
        builder.tensor("w", [4], type: type, data: external)
        builder.node("Cast", ["w"], ["c"], ["to": .int(1)])
        builder.node("Add", ["image", "c"], ["result"])
        try Data(builder.file).write(to: folder.appending(path: "model/model.onnx"))
        return try body(folder.appending(path: "model/model.onnx").path)
    }

    private func result(_ path: String) throws -> [Float] {
        let engine = try Engine.load(path: path, threads: 1)
        unsafe engine.withInput(0) { unsafe $0.update(repeating: 0) }
        engine.run()
        return unsafe Array(engine.output(0).values)
    }

    private func refusal(_ entries: [(String, String)]) throws -> String {
        try inFolder(entries) { path in
            do { return "\(try result(path))" } catch let error as InferError { return error.description }
        }
    }

    @Test("they are read from where the file says, also for a network that is planned again")
    func reads() throws {
        #expect(try inFolder([("location", "beside.bin"), ("length", "16")], result) == [0, 1, 2, 3])
        let inside = [("location", "weights/numbers.bin"), ("offset", "12"), ("length", "16")]
        #expect(try inFolder(inside, result) == [3, 4, 5, 6])
        let bytes = [("location", "beside.bin"), ("offset", "6"), ("length", "4")]
        #expect(try inFolder(bytes, type: 2, result) == [128, 63, 0, 0])
        try inFolder(inside) { path in
            let file = try NetworkFile(path: path, threads: 1)
            #expect(try file.engine().outputs == file.engine().outputs)
        }
    }

    @Test(
        "a place out of the model's own folder is not read",
        arguments: [
            "../outside.bin", "/etc/passwd", "weights/../../outside.bin", "./beside.bin", "", "weights//numbers.bin",
            "link.bin", "up/outside.bin", "a/b/c/d/e/f/g/h/i",
        ])
    func staysInside(location: String) throws {
        #expect(try refusal([("location", location)]).contains("tensor w keeps its data in another file"))
    }

    @Test("what is not there, too short, or no number is refused by the file's name")
    func refused() throws {
        #expect(try refusal([("location", "gone.bin")]).contains("gone.bin"))
        for (key, value) in [
            ("offset", "17"), ("offset", "-4"), ("offset", "99999999999999999999"), ("length", "12"), ("offset", "x"),
            ("offset", "9223372036854775807"),
        ] {
            let text = try refusal([("location", "beside.bin"), (key, value)])
            #expect(text.contains("beside.bin") && text.contains("tensor w"), "\(key) \(value): \(text)")
        }
        #expect(try refusal([("location", "weights")]).contains("weights"))
    }

    @Test("8-bit weights of more than a million numbers are read, and take a byte each")
    func manyBytes() throws {
        var builder = ONNXBuilder()
        builder.input("image", [1, 1200])
        builder.output("result")
        builder.tensor("w", [1200, 1000], type: 3, raw: [UInt8](repeating: 255, count: 1_200_000))
        builder.floats("scale", [], [0.5])
        builder.tensor("zero", [], type: 3, raw: [0])
        builder.node("DequantizeLinear", ["w", "scale", "zero"], ["real"])
        builder.node("MatMul", ["image", "real"], ["result"])
        try Fixtures.withFile(builder.file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            unsafe engine.withInput(0) { unsafe $0.update(repeating: 1) }
            engine.run()
            #expect(unsafe engine.output(0).values.allSatisfy { $0 == -600 })
        }
    }
}
