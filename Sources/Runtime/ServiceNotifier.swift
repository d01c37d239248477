import Base
import Glibc

/// Tells systemd how the service is: one datagram per message, sd_notify(3). No libsystemd, since that is all it would do.
package struct ServiceNotifier: Sendable {
    /// How often `alive` must be called at most: half of what systemd allows (sd_watchdog_enabled(3)); nil = no watchdog.
    package let watchdogInterval: Duration?
    private let socketPath: String

    /// From the variables that systemd sets; nil when the program was not started by systemd as `Type=notify`.
    package static func fromEnvironment() -> ServiceNotifier? {
        ServiceNotifier(
            socketPath: variable("NOTIFY_SOCKET"), watchdogMicroseconds: variable("WATCHDOG_USEC"),
            watchdogProcess: variable("WATCHDOG_PID"))
    }

    /// - Parameters:
    ///   - socketPath: `NOTIFY_SOCKET`: an absolute path, or `@` and a name in the abstract namespace (unix(7)).
    ///   - watchdogMicroseconds: `WATCHDOG_USEC`.
    ///   - watchdogProcess: `WATCHDOG_PID`; when it names another process, the watchdog is not for us.
    package init?(socketPath: String?, watchdogMicroseconds: String? = nil, watchdogProcess: String? = nil) {
        guard let socketPath, socketPath.hasPrefix("/") || socketPath.hasPrefix("@"),
            (2..<Self.pathCapacity).contains(socketPath.utf8.count)
        else { return nil }
        self.socketPath = socketPath
        let isForUs = watchdogProcess.map { $0 == "\(getpid())" } ?? true
        let microseconds = watchdogMicroseconds.flatMap(Int64.init) ?? 0
        watchdogInterval = isForUs && microseconds > 1 ? .microseconds(microseconds / 2) : nil
    }

    /// The start is done. - Throws: `SystemError` when systemd cannot be reached; nothing else is lost then.
    package func ready(status: String) throws(SystemError) { try send("READY=1\nSTATUS=\(status.onOneLine)") }

    /// What `systemctl status` shows.
    package func status(_ status: String) throws(SystemError) { try send("STATUS=\(status.onOneLine)") }

    /// The watchdog's bone.
    package func alive() throws(SystemError) { try send("WATCHDOG=1") }

    package func stopping(status: String) throws(SystemError) { try send("STOPPING=1\nSTATUS=\(status.onOneLine)") }

    private static let pathCapacity = 108

    private static func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

    private func send(_ message: String) throws(SystemError) {
        let descriptor = OwnedFileDescriptor(
            try SystemError.check("socket(AF_UNIX)") {
                socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
        var path = Array(socketPath.utf8)
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        // An abstract name ends where the length says; the zero after a path belongs to none of its bytes either.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(message.utf8)
        try SystemError.check("sendto \(socketPath)") {
            unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    // Never waits: a manager that does not read must not stop us.
                    unsafe sendto(
                        descriptor.raw, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL), $0,
                        length)
                }
            }
        }
    }
}

extension String {
    /// A line break would begin another variable.
    fileprivate var onOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? " " : $0 }))
    }
}
