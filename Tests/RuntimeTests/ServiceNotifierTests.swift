import Foundation
import Runtime
import Testing

/// If these break, systemd kills a healthy daemon at start (no READY) or later (no WATCHDOG).
@Suite struct ServiceNotifierTests {
    @Test("systemd hears ready, status, alive and stopping on its socket", arguments: ["/", "@"])
    func messages(kind: String) throws {
        let path = kind + "porchlight-\(UUID().uuidString)"
        let socketPath = kind == "/" ? FileManager.default.temporaryDirectory.path + path : path
        let manager = try ManagerSocket(socketPath)
        let notifier = try #require(ServiceNotifier(socketPath: socketPath))
        try notifier.ready(status: "2 cameras\nREADY=0")
        #expect(manager.receive() == "READY=1\nSTATUS=2 cameras READY=0")
        try notifier.status("1 of 2 cameras")
        #expect(manager.receive() == "STATUS=1 of 2 cameras")
        try notifier.alive()
        #expect(manager.receive() == "WATCHDOG=1")
        try notifier.stopping(status: "bye")
        #expect(manager.receive() == "STOPPING=1\nSTATUS=bye")
    }

    @Test(
        "outside systemd there is nobody to notify",
        arguments: [nil, "", "relative", "vsock:2:1", "@", "/" + String(repeating: "x", count: 108)])
    func absent(path: String?) { #expect(ServiceNotifier(socketPath: path) == nil) }

    @Test("the watchdog is fed twice per period, and only by the process it watches")
    func watchdog() {
        func interval(_ period: String?, _ process: String?) -> Duration? {
            ServiceNotifier(socketPath: "/run/x", watchdogMicroseconds: period, watchdogProcess: process)?
                .watchdogInterval
        }
        #expect(interval("30000000", nil) == .seconds(15))
        #expect(interval("30000000", "\(getpid())") == .seconds(15))
        #expect(interval("30000000", "1") == nil)
        #expect(interval(nil, nil) == nil)
        #expect(interval("soon", nil) == nil)
        #expect(interval("-5", nil) == nil)
    }

    @Test("a manager that has gone is an error to log, not a crash or a wait")
    func gone() throws {
        let notifier = try #require(ServiceNotifier(socketPath: "/nonexistent/notify"))
        #expect(throws: SystemError.self) { try notifier.alive() }
    }
}

/// Plays systemd: a datagram socket at a path or in the abstract namespace.
private final class ManagerSocket {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws {
        self.path = path
        descriptor = try SystemError.check("socket") { socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if path.hasPrefix("@") { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let descriptor = descriptor
        try SystemError.check("bind \(path)") {
            unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
            }
        }
    }

    /// The next datagram; it is there already, since `sendto` has returned.
    func receive() -> String? {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    deinit {
        close(descriptor)
        if path.hasPrefix("/") { unsafe unlink(path) }
    }
}
