import FoundationEssentials
package import Logging
package import Runtime

/// Tells after a start how the run before it ended. A file in the storage folder says `running` and in which boot of the
/// kernel; a clean end replaces it.
package struct RunMarker: Sendable {
    /// The last restart's reason, as `health` tells it.
    package enum Reason: String, Sendable {
        case firstStart = "first start"
        case stopped
        /// The kernel is the same: the program crashed, was killed or ran out of memory.
        case crashed
        /// The kernel is another one, and nobody had stopped the program.
        case powerCut = "power cut or reset"
        case unknown
    }

    package let reason: Reason
    private let file: StorageFile
    private let logger: Logger

    private static let stoppedWord = "stopped"

    /// Reads what is there, and marks this run.
    /// - Parameter kernelBoot: names this boot of the kernel; empty when nothing does.
    package init(_ file: StorageFile, kernelBoot: String, logger: Logger) {
        self.file = file
        self.logger = logger
        reason = Self.reason(after: file, kernelBoot)
        write("running \(kernelBoot)\n")
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
    package func ended() { write("\(Self.stoppedWord)\n") }

    private static func reason(after file: StorageFile, _ kernelBoot: String) -> Reason {
        guard file.exists else { return .firstStart }
        let text = String(decoding: (try? file.read()) ?? [], as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        if words.first == stoppedWord[...] { return .stopped }
        guard words.count == 2, words[0] == "running", !kernelBoot.isEmpty else { return .unknown }
        guard words[1].hasPrefix(ownPrefix) == kernelBoot.hasPrefix(ownPrefix) else { return .unknown }
        return words[1] == kernelBoot[...] ? .crashed : .powerCut
    }

    private func write(_ text: String) {
        do throws(SystemError) { try file.write(Array(text.utf8)) } catch {
            logger.warning(
                "the next start will not know how this run ended",
                metadata: ["file": "\(file.path)", "error": "\(error)"])
        }
    }
}
