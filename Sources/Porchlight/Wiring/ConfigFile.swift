import Base
import Glibc
import Runtime
import Settings

/// Reads and checks the daemon's config file.
/// - Throws: `CommandFailure` that lists every problem with its JSON path.
func loadSettings(configPath: String) throws -> Settings {
    try checkedConfig(configPath) { Settings(checking: $0, defaultDeviceID: HostName.deviceID, &$1) }
}

/// Reads a config file and has it checked.
/// - Parameter check: the settings; nil when it has found problems.
/// - Throws: `CommandFailure` that lists every problem with its JSON path.
func checkedConfig<Checked>(
    _ path: String, _ check: (JSONValue, inout [SettingProblem]) -> Checked?
) throws -> Checked {
    let bytes: [UInt8]
    do {
        bytes = try readFile(path, atMost: 1 << 20)
    } catch {
        throw CommandFailure(.badConfig, (error as? CommandFailure)?.message ?? "\(error)")
    }
    let json: JSONValue
    do {
        json = try TextFile.json(bytes)
    } catch {
        throw CommandFailure(.badConfig, "\(path) is not valid JSON: \(error)")
    }
    var problems: [SettingProblem] = []
    guard let settings = check(json, &problems), problems.isEmpty else {
        let lines = problems.map { "  \($0)" }.joined(separator: "\n")
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        throw CommandFailure(.badConfig, "\(path) has \(count):\n\(lines)")
    }
    return settings
}

/// The bytes of a file of at most `limit` bytes.
func readFile(_ path: String, atMost limit: Int) throws -> [UInt8] {
    let bytes: [UInt8]
    do throws(SystemError) {
        bytes = try OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: limit + 1)
    } catch {
        throw CommandFailure(.noInput, "cannot read \(path): \(error)")
    }
    guard bytes.count <= limit else {
        throw CommandFailure(.badData, "\(path) is larger than \(limit) bytes; is it the right file?")
    }
    return bytes
}
