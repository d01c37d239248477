import ArgumentParser
import Glibc
import Runtime
import Store

/// How the program ends, by `sysexits.h`: scripts and systemd tell a bad config from a missing camera.
package enum ExitStatus: Int32 {
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    /// Another try may succeed: somebody else has what is needed, or something did not end in time.
    case temporary = 75
    case badConfig = 78

    /// Why the program ends because of `error`, which is `fatal`.
    package init(of error: any Error) {
        self =
            switch error {
            case is StandsStill: .temporary
            // Only a person can change that: systemd does not try again.
            case StoreError.tooNew: .badConfig
            default: .unavailable
            }
    }
}

/// Something the person at the terminal has to mend: printed as one line, then the program ends with `status`.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// Runs a command's body; a failure becomes one line on stderr and its exit status.
func reportingFailures(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let failure as CommandFailure {
        printError(failure.message)
        throw ExitCode(failure.status.rawValue)
    }
}

func printError(_ message: String) {
    let bytes = Array("porchlight: \(FileName.shown(message))\n".utf8)
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes[written...].withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return }  // nobody reads our errors: nothing left to tell
        written += count
    }
}
