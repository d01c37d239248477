import Base
import FoundationEssentials
import Infer
import Testing

/// The cases that the ONNX project publishes for every operator (`onnx/backend/test/data/node` of pip's onnx 1.17): the
/// folder is given by PORCHLIGHT_ONNX_TESTS, else looked for in the package's `.venv`.
@Suite struct ONNXOperatorTests {
    private static let folder: String? = {
        if let given = ProcessInfo.processInfo.environment["PORCHLIGHT_ONNX_TESTS"] { return given }
        let libraries = "\(Fixtures.package)/.venv/lib"
        for python in (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? [] {
            let folder = "\(libraries)/\(python)/site-packages/onnx/backend/test/data/node"
            if FileManager.default.fileExists(atPath: folder) { return folder }
        }
        return nil
    }()

    @Test(
        "every operator that the engine claims does what the ONNX specification's own cases say",
        .enabled(if: folder != nil, "needs pip's onnx 1.17, which `make test` installs"))
    func standardCases() throws {
        var passed = 0
        var failed: [String] = []
        var refused: [String: Int] = [:]
        var perOperator: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder ?? "").sorted() {
            let test = OperatorCase(folder: "\(Self.folder ?? "")/\(name)")
            switch Self.outcome(of: test) {
            case .passed:
                passed += 1
                for type in test.operators { perOperator[type, default: 0] += 1 }
            case .failed(let why): failed.append("\(name): \(why)")
            case .notApplicable(let why): refused[why, default: 0] += 1
            }
        }
        let total = refused.values.reduce(0, +)
        print("ONNX operator tests: \(passed) passed, \(failed.count) failed, \(total) not applicable")
        for (why, count) in refused.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            print("  \(count)  \(why)")
        }
        for line in failed { print("  FAILED \(line)") }
        #expect(failed.isEmpty)
        try Self.compareWithPage(perOperator)
        #expect(passed > 650)
    }

    /// `docs/operators.md` has a row for each operator: in how many of the passed cases it takes part.
    private static func compareWithPage(_ passed: [String: Int]) throws {
        let page = try String(contentsOfFile: "\(Fixtures.package)/docs/operators.md", encoding: .utf8)
        let rows = Engine.operators.map { "| \($0) | \(passed[$0] ?? 0) |" }
        let told = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(told.map(String.init) == rows, "the table should be:\n\(rows.joined(separator: "\n"))")
    }

    private enum Outcome {
        case passed, failed(String), notApplicable(String)
    }

    private static func outcome(of test: OperatorCase) -> Outcome {
        if let why = test.reasonToSkip { return .notApplicable(why) }
        // First with every float fed at run time; then, for what must be known at load time (weights), all but one constant.
        do { return compare(test, try test.results(constantsFrom: nil)) } catch InferError.unsupported {} catch {
            return .failed("\(error)")
        }
        do { return compare(test, try test.results(constantsFrom: 1)) } catch InferError.unsupported(
            let name, _, let what)
        {
            return .notApplicable("refused when loaded: \(name): \(what)")
        } catch { return .failed("\(error)") }
    }

    private static func compare(_ test: OperatorCase, _ results: [(shape: [Int], values: [Float])]) -> Outcome {
        for (index, expected) in test.outputs.enumerated() {
            let got = results[index]
            guard got.shape == expected.shape else { return .failed("shape \(got.shape), expected \(expected.shape)") }
            // Half precision has eleven bits.
            let relative = expected.type == 10 ? 1e-3 : 1e-4
            for (a, b) in zip(got.values, expected.values) {
                let isSame = Double(a) == b || (a.isNaN && b.isNaN) || abs(Double(a) - b) <= 1e-5 + relative * abs(b)
                guard isSame else { return .failed("output \(index): \(a), expected \(b)") }
            }
        }
        return .passed
    }
}

/// One folder of the ONNX operator tests.
struct OperatorCase {
    private let model: [UInt8]
    private let inputs: [WireTensor]
    private let inputBytes: [[UInt8]]
    private let names: [String]
    /// Types of the nodes, each once.
    let operators: Set<String>
    let outputs: [WireTensor]
    let reasonToSkip: String?

    init(folder: String) {
        func read(_ name: String) -> [UInt8]? {
            (try? Data(contentsOf: URL(filePath: "\(folder)/\(name)"))).map { Array($0) }
        }
        model = read("model.onnx") ?? []
        var (inputs, bytes, outputs) = ([WireTensor](), [[UInt8]](), [WireTensor]())
        while let tensor = read("test_data_set_0/input_\(inputs.count).pb") {
            inputs.append(WireTensor(tensor[...]))
            bytes.append(tensor)
        }
        while let tensor = read("test_data_set_0/output_\(outputs.count).pb") {
            outputs.append(WireTensor(tensor[...]))
        }
        (self.inputs, inputBytes, self.outputs) = (inputs, bytes, outputs)
        let graph = Wire.fields(model[...]).first { $0.number == 7 }.map { Wire.fields($0.bytes) } ?? []
        operators = Set(graph.filter { $0.number == 1 }.map { Self.text(Wire.fields($0.bytes), 4) })
        names = graph.filter { $0.number == 11 }.map { Self.text(Wire.fields($0.bytes), 1) }
        let opset = Wire.fields(model[...]).first { $0.number == 8 }.map { Wire.fields($0.bytes) } ?? []
        let isOld = opset.contains { $0.number == 2 && $0.varint < 7 }
        reasonToSkip =
            isOld
            ? "operator sets before 7" : Self.reason(graph, inputs + outputs, self.names.count == inputs.count)
    }

    private static func text(_ fields: [Wire.Field], _ number: Int) -> String {
        fields.first { $0.number == number }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    }

    private static let uncommonTypes = "text, complex numbers, bfloat16 or 4- and 8-bit floats"

    private static func isNumeric(_ type: Int) -> Bool { (1...7).contains(type) || (9...13).contains(type) }

    private static func reason(_ graph: [Wire.Field], _ tensors: [WireTensor], _ isComplete: Bool) -> String? {
        for node in graph where node.number == 1 {
            let fields = Wire.fields(node.bytes)
            if !Engine.operators.contains(text(fields, 4)) { return "the engine does not claim the operator" }
        }
        if tensors.contains(where: { !isNumeric($0.type) }) { return uncommonTypes }
        for info in graph where info.number == 11 || info.number == 12 {
            let type = Wire.fields(info.bytes).first { $0.number == 2 }.map { Wire.fields($0.bytes) } ?? []
            guard let tensor = type.first, tensor.number == 1 else { return "sequences or optional values" }
            // Some cases store bfloat16 as uint16; only the model says what they are.
            let element = Wire.fields(tensor.bytes).first { $0.number == 1 }.map { Int($0.varint) } ?? 0
            if !isNumeric(element) { return uncommonTypes }
        }
        if tensors.contains(where: { $0.shape.contains(0) }) { return "empty tensors" }
        return isComplete ? nil : "sequences or optional values"
    }

    /// Runs the case. Integers, and inputs from `constantsFrom` on, are put into the model as constants.
    func results(constantsFrom: Int?) throws -> [(shape: [Int], values: [Float])] {
        var file = model
        var fed: [[Double]] = []
        for (index, input) in inputs.enumerated() {
            if input.type == 1 && index < constantsFrom ?? .max {
                fed.append(input.values)
            } else {
                file += Wire.bytes(7, Wire.bytes(5, inputBytes[index] + Wire.text(8, names[index])))
            }
        }
        return try Fixtures.withFile(file) { path in
            let engine = try Engine.load(path: path, threads: 1)
            for (index, values) in fed.enumerated() {
                unsafe engine.withInput(index) { _ = unsafe $0.update(from: values.map { Float($0) }) }
            }
            engine.run()
            return engine.outputs.indices.map { index in
                let output = engine.output(index)
                return unsafe (output.shape, Array(output.values))
            }
        }
    }
}
