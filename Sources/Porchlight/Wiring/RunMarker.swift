package import Base
import FoundationEssentials
import Glibc
package import Logging
package import Runtime

/// Tells after a start how the run before it ended, and how those before that did. A file in the storage folder says
/// `running` and in which boot of the kernel; a clean end replaces that. Below stand the last starts, one a line.
package struct RunMarker: Sendable {
    /// The last restart's reason, as `health` tells it.
    package enum Reason: String, Sendable {
        case firstStart = "first start"
        case stopped
        /// The kernel is the same: the program crashed or was killed.
        case crashed
        /// The kernel ended it because it took more memory than the unit or the box has.
        case outOfMemory = "out of memory"
        /// systemd ended it because it had not said for `WatchdogSec=` that it is well.
        case hung
        /// The kernel is another one, and nobody had stopped the program.
        case powerCut = "power cut or reset"
        case unknown
    }

    /// A start, and how the run before it had ended.
    package struct Restart: Sendable, Equatable {
        /// Nil when the clock had not been set.
        package let time: WallTime?
        package let version: String
        package let reason: Reason
    }

    /// So many starts are kept.
    package static let mostRestarts = 10

    /// The newest first, this one among them; never empty.
    package let restarts: [Restart]
    package let reason: Reason
    private let file: StorageFile
    private let logger: Logger

    private static let stoppedWord = "stopped"

    /// Reads what is there, and marks this run.
    /// - Parameters:
    ///   - kernelBoot: names this boot of the kernel; empty when nothing does.
    ///   - serviceResult: what `takeServiceResult` gave.
    ///   - version: of this program, one word.
    package init(
        _ file: StorageFile, kernelBoot: String, serviceResult: String? = nil, version: String, now: WallTime = .now(),
        logger: Logger
    ) {
        self.file = file
        self.logger = logger
        let lines = file.exists ? Self.lines(of: file) : nil
        let reason = Self.reason(after: lines, kernelBoot, serviceResult)
        let restart = Restart(time: now.isPlausible ? now : nil, version: version, reason: reason)
        let earlier = (lines ?? []).dropFirst().compactMap { Restart(line: $0) }
        restarts = [restart] + earlier.prefix(Self.mostRestarts - 1)
        self.reason = reason
        write("running \(kernelBoot)")
    }

    /// This boot's name: the kernel's own, or one that we leave in a folder that the next boot finds empty. The unit's
    /// sandbox hides the first (`ProcSubset=pid`) and gives the second (`RuntimeDirectory=`, which lies in memory). Empty
    /// when there is neither.
    /// - Parameter folder: what systemd tells in `RUNTIME_DIRECTORY`; of several the first.
    package static func kernelBoot(
        kernelsFile: String = "/proc/sys/kernel/random/boot_id", folder: String? = runtimeFolder
    ) -> String {
        if let told = firstWord(of: kernelsFile) { return told }
        guard let folder = folder.flatMap(first) else { return "" }
        let file = "\(folder)/boot"
        if let known = firstWord(of: file) { return known }
        let name = "\(ownPrefix)\(newID())"
        // Only once it is written it names this boot.
        do throws(SystemError) { try WholeFile.write(Array("\(name)\n".utf8), to: file, .eventual) } catch { return "" }
        return name
    }

    /// Why systemd ended the run before this one: `$SERVICE_RESULT`, as systemd.exec(5) has it. Only systemd sees that
    /// the memory ran out or that the watchdog was not fed; the unit writes it into a file after each end
    /// (`ExecStopPost=`). The file is removed, so that no later start takes it for its own. Nil outside of the unit.
    /// - Parameter folder: as in `kernelBoot`.
    package static func takeServiceResult(folder: String? = runtimeFolder) -> String? {
        guard let file = folder.flatMap(first).map({ "\($0)/result" }) else { return nil }
        let result = firstWord(of: file)
        _ = unsafe unlink(file)
        return result
    }

    /// What systemd made for us in memory; of several folders the first. Nil where there is none.
    package static var runtimeFolder: String? {
        ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"].flatMap(first)
    }

    private static func first(of folders: String) -> String? { folders.split(separator: ":").first.map(String.init) }

    /// Tells a name of ours from the kernel's, which a run outside of the sandbox sees.
    private static let ownPrefix = "runtime-"

    private static func firstWord(of file: String) -> String? {
        let text = try? String(contentsOf: URL(filePath: file), encoding: .utf8)
        return text?.split(whereSeparator: \.isWhitespace).first.map(String.init)
    }

    /// The program ends as it should.
    package func ended() { write(Self.stoppedWord) }

    private static func lines(of file: StorageFile) -> [Substring] {
        String(decoding: (try? file.read()) ?? [], as: UTF8.self).split(separator: "\n")
    }

    /// - Parameter lines: of the file; nil without one.
    private static func reason(after lines: [Substring]?, _ kernelBoot: String, _ serviceResult: String?) -> Reason {
        guard let lines else { return .firstStart }
        let words = (lines.first ?? "").split(whereSeparator: \.isWhitespace)
        if words.first == stoppedWord[...] { return .stopped }
        guard words.count == 2, words[0] == "running", !kernelBoot.isEmpty else { return .unknown }
        guard words[1].hasPrefix(ownPrefix) == kernelBoot.hasPrefix(ownPrefix) else { return .unknown }
        guard words[1] == kernelBoot[...] else { return .powerCut }
        return switch serviceResult {
        case "oom-kill": .outOfMemory
        case "watchdog": .hung
        default: .crashed
        }
    }

    private func write(_ state: String) {
        let text = ([state] + restarts.map(\.line)).map { "\($0)\n" }.joined()
        do throws(SystemError) { try file.write(Array(text.utf8)) } catch {
            logger.warning(
                "the next start will not know how this run ended",
                metadata: ["file": "\(file.path)", "error": "\(error)"])
        }
    }
}

extension RunMarker.Restart {
    private static let noTime: Substring = "-"

    /// `2026-11-30T08:25:51.000Z 1.2.3 power cut or reset`
    fileprivate var line: String { "\(time?.rfc3339 ?? String(Self.noTime)) \(version) \(reason.rawValue)" }

    fileprivate init?(line: Substring) {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[1].utf8.count <= 40, let reason = RunMarker.Reason(rawValue: String(words[2]))
        else { return nil }
        self.init(
            time: words[0] == Self.noTime ? nil : WallTime(rfc3339: String(words[0])), version: String(words[1]),
            reason: reason)
    }

    /// As `/debug` tells it.
    var json: JSONValue {
        [
            "time": time.map { .string($0.rfc3339) } ?? .null, "version": .string(version),
            "reason": .string(reason.rawValue),
        ]
    }
}
