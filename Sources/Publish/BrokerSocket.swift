import Base
import Glibc
import Runtime
import Settings

/// A TCP connection to the broker that never waits, but for the resolver. Used by one thread only.
struct BrokerSocket: ~Copyable {
    /// What one call to `read` brought.
    enum Received {
        case bytes(ArraySlice<UInt8>)
        case nothing
        /// The other side has closed.
        case end
    }

    private static let chunk = 16 << 10
    /// An address that does not answer for so long makes room for the next one.
    private static let patience = Duration.seconds(3)

    private let broker: MQTTSettings
    private var addresses: [SocketAddress]
    private var file: OwnedFileDescriptor?
    private var began = MonotonicTime.now()
    private(set) var isOpen = false
    private var trouble: SystemError?

    /// Resolves the broker's name, which may take as long as the resolver does, and begins to connect.
    /// - Throws: `unreachable`.
    static func connecting(to broker: MQTTSettings) throws(PublishError) -> BrokerSocket {
        var socket = BrokerSocket(broker, try SocketAddress.resolving(broker))
        try socket.tryNext()
        return socket
    }

    private init(_ broker: MQTTSettings, _ addresses: [SocketAddress]) {
        self.broker = broker
        self.addresses = addresses
    }

    /// -1 when there is none.
    private(set) var raw: CInt = -1

    /// Goes on connecting; `isOpen` tells whether it is done.
    /// - Throws: `unreachable` when no address answers.
    mutating func advance(at now: MonotonicTime) throws(PublishError) {
        guard !isOpen else { return }
        var wait = pollfd(fd: raw, events: Int16(POLLOUT), revents: 0)
        // A failed poll is one that found nothing.
        if unsafe poll(&wait, 1, 0) > 0 {
            let code = Self.pendingError(raw)
            if code == 0 { return isOpen = true }
            trouble = SystemError(call: "connect", errno: code)
            try tryNext()
        } else if now - began >= Self.patience, !addresses.isEmpty {
            trouble = SystemError(call: "connect", errno: ETIMEDOUT)
            try tryNext()
        }
    }

    private mutating func tryNext() throws(PublishError) {
        file = nil
        raw = -1
        while !addresses.isEmpty {
            let address = addresses.removeFirst()
            do throws(SystemError) {
                let next = try Self.connecting(to: address)
                raw = next.raw
                file = consume next
                began = .now()
                return
            } catch { trouble = error }
        }
        let reason = trouble?.description ?? "it has no address"
        throw .unreachable(host: broker.host, port: broker.port, reason: reason)
    }

    private static func connecting(to address: SocketAddress) throws(SystemError) -> OwnedFileDescriptor {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let file = OwnedFileDescriptor(try SystemError.check("socket") { socket(address.family, kind, 0) })
        let raw = file.raw
        var one: CInt = 1
        // Without it small messages wait for their acknowledgement: slower, not wrong.
        _ = unsafe setsockopt(raw, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        do throws(SystemError) {
            try SystemError.check("connect") { unsafe address.withPointer { unsafe connect(raw, $0, $1) } }
        } catch  where error.errno == EINPROGRESS {}
        return file
    }

    private static func pendingError(_ file: CInt) -> CInt {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : EBADF
    }

    /// - Throws: what the kernel says other than that the other side is gone.
    borrowing func read() throws(SystemError) -> Received {
        let raw = raw
        var bytes = [UInt8](repeating: 0, count: Self.chunk)
        do throws(SystemError) {
            let count = try SystemError.check("read") { unsafe recv(raw, &bytes, bytes.count, 0) }
            return count > 0 ? .bytes(bytes[..<count]) : .end
        } catch {
            switch error.errno {
            case EAGAIN: return .nothing
            case ECONNRESET, EPIPE: return .end
            default: throw error
            }
        }
    }

    /// How many of the bytes the kernel took; nil when the other side is gone.
    borrowing func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int? {
        let raw = raw
        do throws(SystemError) {
            return try SystemError.check("write") {
                unsafe bytes.withUnsafeBytes { unsafe send(raw, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            }
        } catch {
            switch error.errno {
            case EAGAIN: return 0
            case ECONNRESET, EPIPE: return nil
            default: throw error
            }
        }
    }
}

/// A numeric address and port.
struct SocketAddress: Sendable {
    private let storage: [UInt8]
    let family: CInt

    /// All addresses of the broker's host, in the resolver's order, at most eight.
    static func resolving(_ broker: MQTTSettings) throws(PublishError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(broker.host, "\(broker.port)", &hints, &found)
        defer { if let found = unsafe found { unsafe freeaddrinfo(found) } }
        guard status == 0 else {
            throw .unreachable(host: broker.host, port: broker.port, reason: unresolved(broker.host))
        }
        var addresses: [SocketAddress] = []
        var next = unsafe found
        while let entry = unsafe next?.pointee, addresses.count < 8 {
            // SAFETY: the resolver gives `ai_addrlen` bytes at `ai_addr`.
            let bytes = unsafe UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            unsafe addresses.append(SocketAddress(storage: Array(bytes), family: entry.ai_family))
            unsafe next = unsafe entry.ai_next
        }
        return addresses
    }

    private static func unresolved(_ host: String) -> String {
        let advice =
            host.lowercased().hasSuffix(".local")
            ? "; names in .local need mDNS: install libnss-mdns, or set mqtt.host to the broker's address" : ""
        return "the host name cannot be resolved\(advice)"
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_storage()
        unsafe withUnsafeMutableBytes(of: &address) { unsafe $0.copyBytes(from: storage.prefix($0.count)) }
        let length = socklen_t(min(storage.count, MemoryLayout<sockaddr_storage>.size))
        // SAFETY: `sockaddr_storage` has room for every address, and its alignment.
        return unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }
}
