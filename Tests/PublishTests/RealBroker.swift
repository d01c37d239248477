import Foundation
import Runtime
import Synchronization

/// A mosquitto of our own on a loopback port, in a folder of its own.
final class RealBroker: Sendable {
    static let program = "/usr/sbin/mosquitto"
    /// Without mosquitto (apt: mosquitto) these tests are skipped; the pure ones run everywhere.
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)

    let port: Int
    let folder: String
    private let process = Mutex<Child?>(nil)

    /// - Parameter extra: further lines of the config file.
    init(extra: [String] = [], allowsAnonymous: Bool = true) throws {
        port = Self.freePort()
        folder = NSTemporaryDirectory() + "porchlight-broker-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lines =
            [
                "listener \(port) 127.0.0.1", "allow_anonymous \(allowsAnonymous)", "persistence true",
                "persistence_location \(folder)/", "user root", "log_dest file \(folder)/log", "log_type all",
                "connection_messages true",
            ] + extra
        try lines.joined(separator: "\n").write(toFile: folder + "/conf", atomically: true, encoding: .utf8)
        try start()
    }

    deinit {
        kill(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    func start() throws {
        let broker = try Child(Self.program, ["-c", folder + "/conf"])
        process.withLock { $0 = broker }
        let deadline = Date() + 10
        while !Self.answers(port), Date() < deadline { usleep(20_000) }
    }

    /// SIGTERM saves the queue of subscribers that are away; SIGKILL forgets everything.
    func kill(_ signal: Int32) {
        let broker = process.withLock { process in
            defer { process = nil }
            return process
        }
        broker?.end(signal)
    }

    var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }

    func tool(_ name: String, _ arguments: [String], input: Data? = nil) throws {
        var all = ["-h", "127.0.0.1", "-p", "\(port)"] + arguments
        if let input {
            let file = folder + "/\(UUID().uuidString)"
            try input.write(to: URL(fileURLWithPath: file))
            all += ["-f", file]
        }
        try Child("/usr/bin/" + name, all).waitForEnd()
    }

    func publish(_ topic: String, _ text: String, retained: Bool = false) throws {
        try tool("mosquitto_pub", ["-q", "1", "-t", topic, "-m", text] + (retained ? ["-r"] : []))
    }

    static func freePort() -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = unsafe bind(file, address, length)
                _ = unsafe getsockname(file, address, &length)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func answers(_ port: Int) -> Bool {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = loopback(port: port)
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(clamping: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// What `mosquitto_sub`, a client that is not ours, hears.
final class Listener: Sendable {
    struct Heard: Sendable, Equatable {
        var isRetained: Bool
        var topic: String
        var payload: [UInt8]
        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    private let process: Child
    private let heard = Mutex<(lines: [Heard], rest: [UInt8])>(([], []))

    /// With a `session` the broker keeps messages while we, or it, are away.
    init(_ broker: RealBroker, _ filter: String, session: String? = nil) throws {
        let arguments = ["-h", "127.0.0.1", "-p", "\(broker.port)", "-q", "1", "-t", filter, "-F", "%r %t %x"]
        process = try Child(
            "/usr/bin/mosquitto_sub", arguments + (session.map { ["-i", $0, "-c"] } ?? []), isRead: true)
        let output = process.output
        _ = try NamedThread("listener") { [weak self] in
            var bytes = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = unsafe read(output, &bytes, bytes.count)
                guard count > 0 else { break }
                self?.take(Array(bytes.prefix(count)))
            }
            close(output)
        }
    }

    deinit { stop() }

    func stop() { process.end(SIGKILL) }

    var all: [Heard] { heard.withLock { $0.lines } }
    func last(_ topic: String) -> String? { all.last { $0.topic == topic }?.text }

    private func take(_ bytes: [UInt8]) {
        heard.withLock { heard in
            heard.rest += bytes
            while let end = heard.rest.firstIndex(of: 10) {
                let line = String(decoding: heard.rest[..<end], as: UTF8.self)
                heard.rest.removeSubrange(...end)
                let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 3 else { continue }
                heard.lines.append(Heard(isRetained: parts[0] == "1", topic: parts[1], payload: Self.bytes(parts[2])))
            }
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// Waits for something that another process does.
func eventually(within seconds: Double = 10, _ condition: () -> Bool) async -> Bool {
    let deadline = Date() + seconds
    while Date() < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return condition()
}
