import Glibc
import Runtime

/// A connection of the program to itself: libmosquitto connects to the port and takes it for the broker.
///
/// The library has no function that takes a socket which is there already.
struct LoopbackDoor: ~Copyable {
    private let file: OwnedFileDescriptor
    let port: Int

    /// Listens on a free port of the loopback interface.
    static func opening() throws(SystemError) -> LoopbackDoor {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let file = OwnedFileDescriptor(try SystemError.check("socket") { socket(AF_INET, kind, 0) })
        let raw = file.raw
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try SystemError.check("bind to 127.0.0.1") {
            unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        try SystemError.check("listen") { listen(raw, 16) }
        return LoopbackDoor(file: file, port: unsafe try port(raw, getsockname))
    }

    private init(file: consuming OwnedFileDescriptor, port: Int) {
        self.file = file
        self.port = port
    }

    /// The end of the connection whose other end is `peer`. Connections of anybody else are closed.
    func accept(_ peer: CInt) throws(SystemError) -> OwnedFileDescriptor {
        let wanted = unsafe try Self.port(peer, getsockname)
        for _ in 0..<64 {
            var wait = pollfd(fd: file.raw, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&wait, 1, 1000)
            let raw = file.raw
            let end = OwnedFileDescriptor(try SystemError.check("accept") { Glibc.accept(raw, nil, nil) })
            guard unsafe try Self.port(end.raw, getpeername) == wanted else { continue }
            try SystemError.check("fcntl") { fcntl(end.raw, F_SETFL, O_NONBLOCK) }
            try SystemError.check("fcntl") { fcntl(end.raw, F_SETFD, FD_CLOEXEC) }
            var one: CInt = 1
            // Else small packets may wait: slower, not wrong.
            _ = unsafe setsockopt(end.raw, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
            return end
        }
        throw SystemError(call: "accept", errno: ECONNABORTED)
    }

    private static func port(
        _ file: CInt,
        _ name: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) throws(SystemError) -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try SystemError.check("getsockname") {
            unsafe withUnsafeMutablePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe name(file, $0, &length) }
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
