import Foundation
import Runtime
import Synchronization
import TestSupport

/// A broker in plain bytes that does what a test says with each connection.
final class HostileBroker: Sendable {
    /// One connection: its socket, the MQTT version that the client asked for, and chance.
    struct Guest: Sendable {
        let file: CInt
        let isVersion5: Bool

        /// The CONNACK of a broker that means well.
        var greeting: [UInt8] { isVersion5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0] }

        @discardableResult func send(_ bytes: [UInt8]) -> Bool { TCP.send(bytes, to: file) }

        /// Reads and forgets what comes for so long.
        func listen(milliseconds: Int32) {
            var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            var bytes = [UInt8](repeating: 0, count: 16 << 10)
            while unsafe poll(&wait, 1, milliseconds) > 0 {
                guard unsafe read(file, &bytes, bytes.count) > 0 else { return }
            }
        }
    }

    let port: Int
    private let door: CInt
    private let isOver = Mutex(false)
    private let served = Atomic(0)

    init(seed: UInt64, _ serve: @escaping @Sendable (Guest, inout SplitMix) -> Void) throws {
        (door, port) = try TCP.listen()
        _ = try NamedThread("hostile") { [self] in
            var random = SplitMix(seed: seed)
            while !isOver.withLock({ $0 }) {
                let file = accept(door, nil, nil)
                guard file >= 0 else { return }
                if let guest = Self.greeted(file) { serve(guest, &random) }
                close(file)
                served.add(1, ordering: .relaxed)
            }
        }
    }

    var connections: Int { served.load(ordering: .relaxed) }

    func stop() {
        isOver.withLock { $0 = true }
        shutdown(door, CInt(SHUT_RDWR))
        close(door)
    }

    /// Reads the CONNECT, whose ninth byte is the version (MQTT 5 §3.1.2).
    private static func greeted(_ file: CInt) -> Guest? {
        var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard unsafe poll(&wait, 1, 2000) > 0 else { return nil }
        let count = unsafe read(file, &bytes, bytes.count)
        return count > 9 ? Guest(file: file, isVersion5: bytes[8] == 5) : nil
    }
}
