import Base
import Infer
import Interpret

/// What is known of a network file: what it holds, what the engine makes of it, and what a manifest would say.
struct ModelInspection {
    let location: ModelLocation
    let summary: FileSummary
    private let metadata: [String: String]
    private var network: Network?
    private var engine: Engine?
    /// Why it cannot be used for finding things; nil for one that can, and for an embedder of faces.
    private(set) var problem: String?

    /// What it would be taken for, complete; nil when it finds nothing.
    var manifest: ModelManifest? { network?.wholeManifest }

    /// - Parameter size: of the input, whatever file and manifest say; nil: what they say.
    /// - Throws: `CommandFailure` for a file that cannot be read.
    init(_ location: ModelLocation, size: PixelSize?) throws {
        self.location = location
        let file: NetworkFile
        do throws(InferError) { file = try NetworkFile(path: location.network, threads: 1) } catch {
            throw CommandFailure(.badData, "model \(location.network): \(error)")
        }
        summary = file.summary
        metadata = file.metadata
        guard !location.isFaceEmbedder else {
            do throws(InferError) { engine = try file.engine() } catch { problem = "\(error)" }
            return
        }
        do {
            let network = try Network(location, threads: 1, size: size)
            (self.network, engine) = (network, network.usualEngine)
        } catch {
            problem = (error as? CommandFailure)?.message ?? "\(error)"
            let told = size ?? file.facts.size
            engine = try? file.engine(inputShape: told.map { file.inputShape(of: $0) }, replacesSides: size != nil)
        }
    }

    // MARK: - For people

    var text: String {
        var lines = ["\(location.network): \(megabytes(summary.bytes)) MB, operator set \(summary.operatorSet)"]
        lines += summary.inputs.map { "input   \(shown($0))" } + summary.outputs.map { "output  \(shown($0))" }
        for key in ["description", "task", "imgsz", "stride"] {
            if let value = metadata[key] { lines.append("says    \(key): \(value.prefix(120))") }
        }
        if let names = network?.facts.classes { lines.append("says    names of \(names.count) classes") }
        let counts = summary.operators.map { "\($0.name) \($0.count)" }
        lines.append("nodes   \(counts.joined(separator: ", "))")
        let missing = summary.operators.filter { !$0.isSupported }.map { "\($0.name) (\($0.count))" }
        if !missing.isEmpty { lines.append("missing \(missing.joined(separator: ", "))") }
        if let engine { lines.append("runs    \(work(engine))") }
        if let network {
            lines.append("finds   \(network.description)")
            if !network.assumptions.isEmpty {
                lines.append("assumed \(network.assumptions.joined(separator: ", "))")
            }
        }
        if let problem { lines.append("problem \(problem)") }
        return lines.joined(separator: "\n")
    }

    private func shown(_ terminal: FileSummary.Terminal) -> String {
        let sides = terminal.sides.map { "[\($0.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]" }
        return "\(terminal.name): \(terminal.type) \(sides ?? "of any shape")"
    }

    private func work(_ engine: Engine) -> String {
        let sides = engine.inputs.first?.shape.map(String.init).joined(separator: "x") ?? ""
        return
            "\(rounded(engine.gmac, 1000)) GMAC for an input of \(sides); \(megabytes(engine.weightBytes)) MB of weights, "
            + "\(megabytes(engine.workspaceBytes)) MB for a pass"
    }

    private func rounded(_ number: Double, _ scale: Double) -> Double { (number * scale).rounded() / scale }
    private func megabytes(_ bytes: Int) -> Double { rounded(Double(bytes) / 1_048_576, 100) }

    // MARK: - For programs

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "file": .string(location.network), "bytes": .integer(Int64(summary.bytes)),
            "operatorSet": .integer(Int64(summary.operatorSet)), "inputs": .array(summary.inputs.map(Self.json)),
            "outputs": .array(summary.outputs.map(Self.json)),
            "operators": .array(
                summary.operators.map {
                    ["name": .string($0.name), "count": .integer(Int64($0.count)), "supported": .bool($0.isSupported)]
                }),
            "metadata": .object(metadata.mapValues(JSONValue.string)),
        ]
        if let engine {
            members["gmac"] = .number(rounded(engine.gmac, 1000))
            members["weightBytes"] = .integer(Int64(engine.weightBytes))
            members["passBytes"] = .integer(Int64(engine.workspaceBytes))
        }
        if let network {
            members["family"] = .string(network.headName)
            members["assumed"] = .array(network.assumptions.map(JSONValue.string))
            members["manifest"] = network.wholeManifest.json
        }
        members["problem"] = problem.map(JSONValue.string)
        return .object(members)
    }

    private static func json(_ terminal: FileSummary.Terminal) -> JSONValue {
        let sides = terminal.sides.map { JSONValue.array($0.map { $0.map { .integer(Int64($0)) } ?? .null }) }
        return ["name": .string(terminal.name), "type": .string(terminal.type), "shape": sides ?? .null]
    }
}
