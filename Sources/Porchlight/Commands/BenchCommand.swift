import ArgumentParser
import Base
import FoundationEssentials
import Glibc
import Infer
import Interpret

/// `porchlight bench`: how fast this machine runs a network.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the latency of the engine on this machine.")

    @Option(help: "\"default\", a folder, or an .onnx file.")
    var model = "default"

    @Option(help: "Threads that share the work; 0: one less than there are cores.")
    var threads = 0

    @Option(help: "How many passes are measured, after ten that are not.")
    var runs = 200

    @Option(help: "The instruction set: \"best\", or a name that --json tells; \"scalar\" is the plain one.")
    var kernels = "best"

    @Option(
        help: ArgumentHelp(
            "Of the input, where the file leaves it open; of the picture, for a network that takes pictures in their own shape "
                + "(1280x720 if not told).", valueName: "WIDTHxHEIGHT"))
    var size: PixelSize?

    @Flag(help: "Also print the time of every operator (measured on one thread).")
    var profile = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(runs) else { throw ValidationError("--runs \(runs): 1 to 1000000") }
        guard (0...64).contains(threads) else { throw ValidationError("--threads \(threads): 0 to 64") }
    }

    func run() async throws {
        try await reportingFailures {
            let location = try ModelLocation(resolving: model)
            // An embedder of faces has one size, and its manifest says nothing of the input's planning.
            let manifest = location.isFaceEmbedder ? nil : try location.manifest()
            let before = ResidentMemory.now(), start = ContinuousClock.now
            let engine: Engine
            do {
                let file = try NetworkFile(path: location.network, threads: threads, kernels: kernels)
                engine = try self.engine(of: file, manifest)
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure(.badData, "\(location.network): \(error)")
            }
            fill(engine)
            engine.run()
            let loading = (ContinuousClock.now - start) / .milliseconds(1)
            let times = latencies(of: engine)
            let now = ResidentMemory.now()
            let result = BenchResult(
                model: location.network, engine: engine, loading: loading, milliseconds: times,
                growth: (now.all - before.all, now.anonymous - before.anonymous))
            print(json ? try result.json() : result.text)
            if profile && !json { printProfile(engine) }
        }
    }

    /// Planned as it would be for a picture of that size.
    private func engine(of file: NetworkFile, _ manifest: ModelManifest?) throws -> Engine {
        if let budget = manifest?.budget, let picture = size ?? .usualPicture {
            return try file.engine(inputShape: budget.inputShape(for: picture).inputShape, replacesSides: true)
        }
        if let size {
            return try file.engine(inputShape: file.inputShape(of: size), replacesSides: true)
        }
        guard file.hasOpenSize, manifest?.inputShape == nil else {
            return try file.engine(inputShape: manifest?.inputShape)
        }
        do { return try Network.firstPlan(of: file, manifest, floor: Detector.usualFloor).plan.engine } catch {
            throw CommandFailure(
                .badData,
                "the file leaves the size of its input open, so name one: --size WIDTHxHEIGHT; without, \(error)")
        }
    }

    /// Numbers like a picture's. All zeros would do as well, but nobody would believe it.
    private func fill(_ engine: Engine) {
        for index in engine.inputs.indices {
            unsafe engine.withInput(index) { input in
                for position in input.indices { unsafe input[position] = Float(position &* 7919 % 256) }
            }
        }
    }

    private func latencies(of engine: Engine) -> [Double] {
        for _ in 0..<9 { engine.run() }
        return (0..<runs).map { _ in
            let start = ContinuousClock.now
            engine.run()
            return (ContinuousClock.now - start) / .milliseconds(1)
        }
    }

    private func printProfile(_ engine: Engine) {
        let steps = engine.profile(runs: min(runs, 50))
        let total = steps.reduce(0) { $0 + $1.milliseconds }
        print("      ms      %   GFLOP/s  operator")
        for step in steps {
            let share = total > 0 ? 100 * step.milliseconds / total : 0
            let columns = [(step.milliseconds, 3, 8), (share, 1, 7), (step.gigaflopsPerSecond, 1, 10)]
            print(columns.map(fixed).joined() + "  \(step.type) \(step.title)")
        }
    }

    private func fixed(_ number: Double, decimals: Int, width: Int) -> String {
        let scale = decimals == 3 ? 1000.0 : 10.0
        let text = "\((number * scale).rounded() / scale)"
        return String(repeating: " ", count: max(1, width - text.count)) + text
    }
}

/// Memory of this process that lies in RAM, in MB: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
private enum ResidentMemory {
    /// All of it, and what is not a piece of a file: the program's own text can be dropped and read again at any time. 0 where the
    /// system does not tell.
    static func now() -> (all: Double, anonymous: Double) {
        guard let bytes = try? readFile("/proc/self/statm", atMost: 4096) else { return (0, 0) }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 2 else { return (0, 0) }
        let page = Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
        return (fields[1] * page, (fields[1] - fields[2]) * page)
    }
}

extension PixelSize: ExpressibleByArgument {
    /// `1280x720`
    package init?(argument: String) { self.init(argument) }
}

/// What `bench` prints.
private struct BenchResult: Encodable {
    let model: String
    /// Of the first input, for example `[1, 3, 256, 480]`.
    let input: [Int]
    let threads: Int
    let runs: Int
    let minMs: Double
    let medianMs: Double
    let p99Ms: Double
    /// 10⁹ multiply-adds of one pass.
    let gmac: Double
    let peakRssMb: Double
    /// What the network added to the process, after all passes.
    let growthMb: Double
    /// Of that, what is not a piece of a file: without the text of the engine, which is read from the disk when it is needed.
    let anonymousGrowthMb: Double
    /// From the file to the first result.
    let loadMs: Double
    let kernels: String

    init(
        model: String, engine: Engine, loading: Double, milliseconds: [Double],
        growth: (all: Double, anonymous: Double)
    ) {
        func rounded(_ number: Double) -> Double { (number * 1000).rounded() / 1000 }
        let sorted = milliseconds.sorted()
        self.model = model
        input = engine.inputs.first?.shape ?? []
        threads = engine.threads
        runs = sorted.count
        minMs = rounded(sorted[0])
        medianMs = rounded(sorted[sorted.count / 2])
        p99Ms = rounded(sorted[min(sorted.count - 1, sorted.count * 99 / 100)])
        gmac = rounded(engine.gmac)
        var usage = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        peakRssMb = rounded(Double(usage.ru_maxrss) / 1024)
        growthMb = rounded(growth.all)
        anonymousGrowthMb = rounded(growth.anonymous)
        loadMs = rounded(loading)
        kernels = engine.kernels
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var text: String {
        let speed = (2 * gmac / minMs * 10_000).rounded() / 10
        return """
            \(model), input \(input.map(String.init).joined(separator: "x")): min \(minMs) ms, median \(medianMs) ms, p99 \(p99Ms) ms over \(runs) runs
            \(threads) thread(s), \(kernels) kernels, \(gmac) GMAC, at best \(speed) GFLOP/s
            load and first run \(loadMs) ms; the network takes \(growthMb) MB (\(anonymousGrowthMb) without program text), the process at most \(peakRssMb) MB
            """
    }
}
