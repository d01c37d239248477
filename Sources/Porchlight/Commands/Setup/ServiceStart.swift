import Glibc

/// Enables and starts the unit. The only place that starts a program: a person has asked for it, and systemd has no other door
/// that needs no library.
struct ServiceStart {
    static let unit = "porchlight.service"
    private static let program = "/usr/bin/systemctl"

    /// Why it is not done here; nil when it can be.
    static var obstacle: String? {
        if unsafe access("/run/systemd/system", F_OK) != 0 { return "systemd does not run here" }
        return geteuid() == 0 ? nil : "only root can start it"
    }

    /// Now and at every start of the box; one that runs is started anew, so that it reads its config.
    /// - Throws: `CommandFailure` when systemd refuses.
    static func run() throws(CommandFailure) {
        for words in [["enable", unit], ["restart", unit]] {
            let status = systemctl(words)
            guard status == 0 else {
                throw CommandFailure(
                    .unavailable,
                    "the config is written, but systemctl \(words.joined(separator: " ")) ended with \(status): "
                        + "journalctl -u porchlight says why")
            }
        }
    }

    private static func systemctl(_ words: [String]) -> CInt {
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + words).map { unsafe strdup($0) }
        defer { unsafe arguments.forEach { unsafe free($0) } }
        unsafe arguments.append(nil)
        let environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        var process = pid_t()
        let failure = unsafe posix_spawn(&process, program, nil, nil, arguments, environment)
        guard failure == 0 else { return failure }
        var status: CInt = 0
        while unsafe waitpid(process, &status, 0) != process {
            // Interrupted: nobody else waits for it.
            if kill(process, 0) != 0 { return 1 }
        }
        // wait(2): the low seven bits are a signal's, the next byte is the exit status.
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
