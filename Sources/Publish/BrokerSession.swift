import Base
import Glibc
import Runtime
import Settings

/// One attempt to connect, and the connection that comes of it: the socket to the broker, TLS, the guard, and
/// libmosquitto behind it. Used by one thread only, which waits for `interests` and then calls `exchange`.
///
///     broker ⇄ BrokerSocket ⇄ TLSSession ⇄ PacketGuard → loopback → libmosquitto
///                                        ⇄─────────────── loopback ←
final class BrokerSession {
    /// While so much waits in one direction nothing more is read in the other: who does not read is not read from.
    private static let mostWaiting = 256 << 10
    /// Turns of reading in one round; the thread has other things to do.
    private static let mostTurns = 64
    /// `POLLRDHUP`, a GNU extension that Swift does not see: the other side has stopped sending.
    static let hangUp: CInt = 0x2000

    private let settings: LinkSettings
    private let offer: ConnectOffer
    private var handle: MosquittoHandle?
    private var inner: OwnedFileDescriptor?
    private var socket: BrokerSocket
    private var tls: TLSSession?
    private var packets: PacketGuard
    private var toLibrary = ByteQueue()
    private var toBroker = ByteQueue()
    private var isEnded = false
    private var violation: LinkFailure?

    /// Resolves the broker's name, which may block as long as the resolver does, and begins to connect.
    init(_ settings: LinkSettings, _ offer: ConnectOffer) throws(PublishError) {
        self.settings = settings
        self.offer = offer
        socket = try BrokerSocket.connecting(to: settings.broker)
        packets = PacketGuard(
            version5: offer.isVersion5, keepAliveSeconds: settings.pace.keepAliveSeconds,
            mostPayloadBytes: settings.mostPayloadBytes)
    }

    /// What the broker takes; the usual before it has said so.
    var terms: BrokerTerms { packets.terms ?? BrokerTerms() }

    /// The broker's host took the connection, whether or not it answers.
    var isConnected: Bool { socket.isOpen }

    // MARK: - Waiting

    /// The broker's socket, our end of the loopback connection, libmosquitto's end.
    var interests: [pollfd] {
        [
            wait(socket.raw, reads: mayReceive && socket.isOpen, writes: !toBroker.isEmpty || !socket.isOpen),
            wait(inner?.raw ?? -1, reads: maySend, writes: !toLibrary.isEmpty),
            wait(handle?.socket ?? -1, reads: true, writes: handle?.wantsToWrite ?? false),
        ]
    }

    private func wait(_ file: CInt, reads: Bool, writes: Bool) -> pollfd {
        let events = (reads ? CInt(POLLIN) | Self.hangUp : 0) | (writes ? CInt(POLLOUT) : 0)
        return pollfd(fd: file, events: Int16(truncatingIfNeeded: events), revents: 0)
    }

    private var mayReceive: Bool { toLibrary.count < Self.mostWaiting && toBroker.count < Self.mostWaiting && !isEnded }
    private var maySend: Bool { toBroker.count < Self.mostWaiting }

    // MARK: - Moving bytes

    /// Moves what can be moved without waiting. True when something came from the broker.
    func exchange() throws(LinkFailure) -> Bool {
        guard try isOpen() else { return false }
        let hasHeard = try receive()
        try deliver()
        try handle?.write()
        // Before the CONNACK libmosquitto would take its own impatience for a broker that closes.
        if packets.terms != nil { try handle?.keepAlive() }
        try collect()
        try flush()
        if let violation { throw violation }
        if isEnded { throw ending }
        return hasHeard
    }

    /// The connection is made, with TLS where that is wanted, and libmosquitto has begun to speak.
    private func isOpen() throws(LinkFailure) -> Bool {
        if socket.isOpen { return true }
        do throws(PublishError) {
            try socket.advance(at: .now())
            guard socket.isOpen else { return false }
            guard let files = settings.broker.tls else {
                try startLibrary()
                return true
            }
            tls = try TLSSession.opening(files, settings.broker)
        } catch { throw LinkFailure(error.description) }
        try tls?.shakeHands()
        return true
    }

    private func startLibrary() throws(PublishError) {
        let door: LoopbackDoor
        do throws(SystemError) { door = try LoopbackDoor.opening() } catch { throw .loopback(error) }
        let client = try MosquittoHandle.connecting(settings, offer, port: door.port)
        do throws(SystemError) { inner = try door.accept(client.socket) } catch { throw .loopback(error) }
        handle = consume client
    }

    private func receive() throws(LinkFailure) -> Bool {
        var hasHeard = false
        for _ in 0..<Self.mostTurns where mayReceive && violation == nil {
            switch try received() {
            case .nothing: return hasHeard
            case .end: isEnded = true
            case .bytes(let bytes):
                hasHeard = true
                try take(bytes)
            }
        }
        return hasHeard
    }

    private func received() throws(LinkFailure) -> BrokerSocket.Received {
        do throws(SystemError) { return try socket.read() } catch { throw LinkFailure("\(error)") }
    }

    private func take(_ bytes: ArraySlice<UInt8>) throws(LinkFailure) {
        var plain = bytes
        if tls != nil {
            plain = (try tls?.decrypt(bytes) ?? [])[...]
            if tls?.isOpen ?? false, handle == nil {
                do throws(PublishError) { try startLibrary() } catch { throw LinkFailure(error.description) }
            }
        }
        var checked: [UInt8] = []
        // What came before the flaw is still heeded.
        do throws(LinkFailure) { try packets.take(plain, into: &checked) } catch { violation = error }
        toLibrary.append(checked)
    }

    /// Lets libmosquitto read what the guard let through.
    private func deliver() throws(LinkFailure) {
        for _ in 0..<Self.mostTurns {
            if !toLibrary.isEmpty, let file = inner?.raw { toLibrary.drop(Self.write(toLibrary.waiting, to: file)) }
            guard let library = handle?.socket, library >= 0, Self.isReadable(library) else { return }
            try handle?.read()
        }
    }

    /// Takes what libmosquitto has to say.
    private func collect() throws(LinkFailure) {
        guard let file = inner?.raw else { return }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        while maySend {
            let count = unsafe recv(file, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            guard tls != nil else {
                toBroker.append(bytes[..<count])
                continue
            }
            try tls?.encrypt(bytes[..<count])
            toBroker.append(tls?.takeOutput() ?? [])
        }
    }

    private func flush() throws(LinkFailure) {
        toBroker.append(tls?.takeOutput() ?? [])
        while !toBroker.isEmpty {
            let written: Int?
            do throws(SystemError) { written = try socket.write(toBroker.waiting) } catch {
                throw LinkFailure("\(error)")
            }
            // Why the other side has gone, and what it said before, is read next.
            guard let written else { return toBroker = ByteQueue() }
            guard written > 0 else { return }
            toBroker.drop(written)
        }
    }

    private var ending: LinkFailure {
        if tls != nil, !(tls?.isOpen ?? false) { return .hungUpInHandshake(settings.broker) }
        let words = packets.brokersWords.map { ": \($0)" } ?? ""
        guard packets.terms != nil else { return LinkFailure("the broker hung up before it answered", .silentHangUp) }
        return LinkFailure("the broker closed the connection\(words)", .silentHangUp)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: CInt) -> Int {
        // Whatever goes wrong on a connection to ourselves shows in libmosquitto.
        max(0, unsafe bytes.withUnsafeBytes { unsafe send(file, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) })
    }

    private static func isReadable(_ file: CInt) -> Bool {
        var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&wait, 1, 0) > 0
    }

    // MARK: - libmosquitto

    /// Takes what libmosquitto has told since the last call.
    func takeSignals() -> [BrokerSignal] {
        (handle?.takeSignals() ?? []).map { signal in
            guard case .received(var message) = signal, message.isTooLarge, let size = packets.takeCutPayload() else {
                return withBrokersWords(signal)
            }
            message.payloadBytes = size
            return .received(message)
        }
    }

    private func withBrokersWords(_ signal: BrokerSignal) -> BrokerSignal {
        guard let words = packets.brokersWords else { return signal }
        switch signal {
        case .refused(let failure): return .refused(LinkFailure("\(failure.reason) (\(words))", failure.kind))
        case .lost(let failure): return .lost(LinkFailure("\(failure.reason) (\(words))", failure.kind))
        default: return signal
        }
    }

    /// - Parameter quality: QoS, at most.
    func subscribe(to filter: String, quality: Int = 1) throws(LinkFailure) {
        try handle?.subscribe(to: filter, quality: min(quality, terms.maximumQoS))
    }

    /// Returns the message's id, or nil when it can never be sent.
    func publish(_ publication: Publication) throws(LinkFailure) -> CInt? { try handle?.publish(publication, terms) }

    /// DISCONNECT, so that the broker drops the will, and until `deadline` to get it out.
    func sayGoodbye(until deadline: MonotonicTime) {
        // Best effort: without it the broker tells the will, which says the same.
        try? handle?.disconnect()
        repeat {
            guard (try? handle?.write()) != nil || handle?.socket == -1, (try? collect()) != nil else { break }
            guard (try? flush()) != nil, !isEnded else { break }
            if toBroker.isEmpty, !(handle?.wantsToWrite ?? false) { break }
            var files = [wait(socket.raw, reads: false, writes: true)]
            _ = unsafe poll(&files, 1, 20)
        } while MonotonicTime.now() < deadline
        tls?.close()
        try? flush()
    }
}
