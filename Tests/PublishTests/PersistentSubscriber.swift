import Base
import Foundation
import Runtime
import Synchronization

/// A subscriber in plain bytes (MQTT 3.1.1), neither libmosquitto's nor ours: it is back at once when the broker is, and
/// has a session that the broker keeps.
final class PersistentSubscriber: Sendable {
    struct Heard: Sendable, Equatable {
        var sequence: Int64
        var id: String
    }

    private let port: Int
    private let filter: String
    private let state = Mutex((heard: [Heard](), subscriptions: 0, isOver: false))

    init(port: Int, filter: String) throws {
        self.port = port
        self.filter = filter
        _ = try NamedThread("subscriber") { [weak self] in
            while let self, !self.isOver {
                guard let file = TCP.connect(port: self.port) else {
                    usleep(3000)
                    continue
                }
                self.listen(file)
                close(file)
            }
        }
    }

    deinit { stop() }

    func stop() { state.withLock { $0.isOver = true } }
    var heard: [Heard] { state.withLock { $0.heard } }
    var subscriptions: Int { state.withLock { $0.subscriptions } }
    private var isOver: Bool { state.withLock { $0.isOver } }

    private func listen(_ file: CInt) {
        // CONNECT: protocol 4, no clean session, keep alive 60 s, id "observer".
        guard TCP.send([0x10, 20] + Self.text("MQTT") + [4, 0, 0, 60] + Self.text("observer"), to: file) else { return }
        var buffer: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while !isOver {
            var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wait, 1, 200) != 0 else { continue }
            let count = unsafe read(file, &bytes, bytes.count)
            guard count > 0 else { return }
            buffer += bytes.prefix(count)
            while let (type, body, length) = Self.packet(buffer) {
                buffer.removeFirst(length)
                guard answer(type, body, file) else { return }
            }
        }
    }

    private func answer(_ type: UInt8, _ body: [UInt8], _ file: CInt) -> Bool {
        switch type & 0xf0 {
        case 0x20:
            let subscription = [0, 1] + Self.text(filter) + [1]
            return TCP.send([0x82, UInt8(subscription.count)] + subscription, to: file)
        case 0x90: state.withLock { $0.subscriptions += 1 }
        case 0x30:
            let topic = Int(body[0]) << 8 | Int(body[1])
            let rest = Array(body.dropFirst(2 + topic))
            guard let json = JSONValue(parsing: Array(rest.dropFirst(2))), let sequence = json["seq"]?.int,
                let id = json["id"]?.string
            else { return true }
            state.withLock { $0.heard.append(Heard(sequence: Int64(sequence), id: id)) }
            return TCP.send([0x40, 2, rest[0], rest[1]], to: file)
        default: break
        }
        return true
    }

    /// The first packet, once all of it is here.
    private static func packet(_ bytes: [UInt8]) -> (type: UInt8, body: [UInt8], length: Int)? {
        guard let type = bytes.first else { return nil }
        var (length, digits) = (0, 0)
        repeat {
            guard digits + 1 < bytes.count, digits < 4 else { return nil }
            length |= Int(bytes[digits + 1] & 0x7f) << (7 * digits)
            digits += 1
        } while bytes[digits] & 0x80 != 0
        let end = 1 + digits + length
        return bytes.count < end ? nil : (type, Array(bytes[(1 + digits)..<end]), end)
    }

    private static func text(_ text: String) -> [UInt8] { [0, UInt8(text.utf8.count)] + Array(text.utf8) }
}

/// Sockets on the loopback interface.
enum TCP {
    static func connect(port: Int) -> CInt? {
        let file = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard file >= 0 else { return nil }
        let isDone = unsafe withAddress(port) { unsafe Glibc.connect(file, $0, $1) == 0 }
        guard isDone else {
            close(file)
            return nil
        }
        return file
    }

    /// Returns the socket and its port.
    static func listen() throws(SystemError) -> (file: CInt, port: Int) {
        let file = try SystemError.check("socket") { socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) }
        try SystemError.check("bind") { unsafe withAddress(0) { unsafe Glibc.bind(file, $0, $1) } }
        try SystemError.check("listen") { Glibc.listen(file, 16) }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try SystemError.check("getsockname") {
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(file, $0, &length)
                }
            }
        }
        return (file, Int(UInt16(bigEndian: address.sin_port)))
    }

    static func send(_ bytes: [UInt8], to file: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(file, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func withAddress<R>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(clamping: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A relay that can stop passing bytes on without closing anything, as a router that lost power does. Connections that
/// are made afterwards work.
final class SwallowingRelay: Sendable {
    let port: Int
    private let target: Int
    private let door: CInt
    private let swallowed = Mutex((generation: 0, isOver: false))

    init(to target: Int) throws {
        self.target = target
        (door, port) = try TCP.listen()
        _ = try NamedThread("relay") { [self] in
            while true {
                let near = unsafe accept(door, nil, nil)
                guard near >= 0, let far = TCP.connect(port: self.target) else { return }
                let generation = swallowed.withLock { $0.generation }
                for (from, to) in [(near, far), (far, near)] {
                    _ = try? NamedThread("relay") { [self] in pass(from, to, generation) }
                }
            }
        }
    }

    /// From now on the connections that there are lead nowhere.
    func swallow() { swallowed.withLock { $0.generation += 1 } }

    func stop() {
        swallowed.withLock { $0.isOver = true }
        shutdown(door, CInt(SHUT_RDWR))
        close(door)
    }

    private func pass(_ from: CInt, _ to: CInt, _ generation: Int) {
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        while swallowed.withLock({ !$0.isOver }) {
            var wait = pollfd(fd: from, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wait, 1, 100) != 0 else { continue }
            let isSwallowed = swallowed.withLock { $0.generation != generation }
            let count = unsafe read(from, &bytes, bytes.count)
            if isSwallowed {
                // Not even the end is passed on.
                if count <= 0 { usleep(100_000) }
                continue
            }
            guard count > 0, TCP.send(Array(bytes.prefix(count)), to: to) else { break }
        }
        shutdown(to, CInt(SHUT_RDWR))
    }
}
