import Base
import Glibc
import Notify
import Runtime
import Settings

/// Reads and checks the config file.
/// - Throws: `CommandFailure` that lists every problem with its JSON path.
func loadSettings(_ path: String) throws -> NotifySettings {
    let bytes: [UInt8]
    do throws(SystemError) {
        bytes = try StorageFile(path: path, mostBytes: 1 << 20, .eventual).read()
    } catch { throw CommandFailure(.badConfig, "cannot read \(path): \(error)") }
    let json: JSONValue
    do throws(TextFileError) { json = try TextFile.json(bytes) } catch {
        throw CommandFailure(.badConfig, "\(path) is not valid JSON: \(error)")
    }
    var problems: [SettingProblem] = []
    guard let settings = NotifySettings(checking: json, defaultDeviceID: HostName.deviceID, &problems) else {
        let lines = problems.map { "  \($0)" }.joined(separator: "\n")
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        throw CommandFailure(.badConfig, "\(path) has \(count):\n\(lines)")
    }
    return settings
}

/// The folder of the queue, for one program at a time.
struct StorageFolder: ~Copyable {
    /// The lock lives as long as this descriptor.
    private let folder: OwnedFileDescriptor

    /// - Throws: `CommandFailure` when somebody else has it, or it cannot be made.
    init(_ path: String) throws {
        let opened = try Self.opened(path)
        let raw = opened.raw
        do throws(SystemError) {
            try SystemError.check("flock \(path)") { flock(raw, LOCK_EX | LOCK_NB) }
        } catch {
            let reason = error.errno == EWOULDBLOCK ? "another porchlight-notify has \(path)" : "\(error)"
            throw CommandFailure(.temporary, reason)
        }
        folder = opened
    }

    private static func opened(_ path: String) throws -> OwnedFileDescriptor {
        // It is there already, as a rule; what is really wrong shows in the next call.
        _ = unsafe mkdir(path, 0o750)
        do throws(SystemError) {
            return try OwnedFileDescriptor.opening(path, O_RDONLY | O_DIRECTORY)
        } catch { throw CommandFailure(.unavailable, "storage.directory cannot be used: \(error)") }
    }
}
