package import Base
import CMosquitto
import Glibc

/// What libmosquitto's callbacks told.
enum BrokerSignal: Sendable {
    case accepted
    case refused(LinkFailure)
    /// The broker said goodbye or the connection broke.
    case lost(LinkFailure)
    /// `refusal` is the broker's reason in words when it did not take the message.
    case acknowledged(messageID: CInt, refusal: String?)
    case subscribed(refusals: Int)
    case received(IncomingMessage)
}

/// A message from the broker. Of a payload beyond `maxBytes` only the beginning is kept.
package struct IncomingMessage: Sendable, Equatable {
    package static let maxBytes = 64 << 10

    package var topic: String
    package var payload: [UInt8]
    package var payloadBytes: Int
    package var isRetained: Bool

    package init(topic: String, payload: [UInt8], payloadBytes: Int, isRetained: Bool) {
        self.topic = topic
        self.payload = payload
        self.payloadBytes = payloadBytes
        self.isRetained = isRetained
    }

    package var isTooLarge: Bool { payloadBytes > Self.maxBytes }
}

/// How to reach a broker, and as whom.
package struct LinkSettings: Sendable {
    package var broker: MQTTSettings
    package var clientID: String
    /// Retained, QoS 1.
    package var will: (topic: String, payload: [UInt8])?
    package var pace: LinkPace

    package init(
        broker: MQTTSettings, clientID: String, will: (topic: String, payload: [UInt8])?, pace: LinkPace = .usual
    ) {
        self.broker = broker
        self.clientID = clientID
        self.will = will
        self.pace = pace
    }
}

/// One libmosquitto client for one attempt to connect. Used by one thread only. It goes without a goodbye when its
/// owner lets go, so that the broker sends the will; `disconnect` says goodbye.
@safe struct MosquittoHandle: ~Copyable {
    private let client: OpaquePointer
    private let box: CallbackBox

    /// Callbacks only copy bytes out into this box. It lives as long as the handle; one thread uses both.
    private final class CallbackBox {
        var signals: [BrokerSignal] = []
        /// libmosquitto tells TLS errors only in its log.
        var trouble = TLSTrouble()
        let broker: MQTTSettings

        init(_ broker: MQTTSettings) { self.broker = broker }

        /// What TLS said, in words; nil when it had nothing to say.
        var troubleInWords: String? { trouble.words(for: broker, at: .now()) }
    }

    /// Largest packet that the broker may send us: memory stays bounded whatever is published on our command topics.
    private static let maxPacketBytes: UInt32 = 2 << 20

    private static let library: CInt = mosquitto_lib_init()

    /// Makes a client and opens its socket. Resolving and TCP may block, as long as the kernel tries.
    static func connecting(_ settings: LinkSettings, version5: Bool) throws(PublishError) -> MosquittoHandle {
        guard library == MOSQ_ERR_SUCCESS.code else { throw .option(name: "lib_init", reason: words(library)) }
        let box = CallbackBox(settings.broker)
        // SAFETY: the handle keeps `box` alive until `mosquitto_destroy`, after which no callback runs.
        guard let client = unsafe mosquitto_new(settings.clientID, true, Unmanaged.passUnretained(box).toOpaque())
        else { throw .outOfMemory }
        let handle = unsafe MosquittoHandle(client: client, box: box)  // owned: a throw below frees it
        try handle.configure(settings, version5)
        unsafe installCallbacks(client)
        try handle.open(settings, version5)
        return handle
    }

    private init(client: OpaquePointer, box: CallbackBox) {
        unsafe self.client = unsafe client
        self.box = box
    }

    deinit { unsafe mosquitto_destroy(client) }

    private borrowing func configure(_ settings: LinkSettings, _ version5: Bool) throws(PublishError) {
        let version = version5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try Self.check("protocol version", unsafe mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version))
        try Self.check("TCP_NODELAY", unsafe mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1))
        if let will = settings.will {
            try Self.check(
                "will",
                unsafe mosquitto_will_set(client, will.topic, CInt(clamping: will.payload.count), will.payload, 1, true)
            )
        }
        if let user = settings.broker.username {
            let password = try settings.broker.passwordFile.map { path throws(PublishError) in try Self.password(path) }
            try Self.check("username", unsafe mosquitto_username_pw_set(client, user, password))
        }
        if let tls = settings.broker.tls { try configure(tls) }
    }

    private borrowing func configure(_ tls: MQTTSettings.TLS) throws(PublishError) {
        for path in [tls.caFile, tls.certificateFile, tls.keyFile].compactMap(\.self)
        where unsafe access(path, R_OK) != 0 {
            throw .tlsFiles(reason: "cannot read \(path)")
        }
        // Without an answer of ours OpenSSL would ask for a key's password at the terminal and wait.
        let status = unsafe mosquitto_tls_set(client, tls.caFile, nil, tls.certificateFile, tls.keyFile) { _, _, _, _ in
            0
        }
        guard status == MOSQ_ERR_SUCCESS.code else { throw .tlsFiles(reason: Self.words(status)) }
    }

    /// The first line of the file; re-read at every attempt, so that a new password needs no restart.
    private static func password(_ path: String) throws(PublishError) -> String {
        do {
            let bytes = try OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: 4096)
            return String(decoding: bytes.prefix { $0 != 10 && $0 != 13 && $0 != 0 }, as: UTF8.self)
        } catch { throw .passwordFile(path: path, reason: error.description) }
    }

    private borrowing func open(_ settings: LinkSettings, _ version5: Bool) throws(PublishError) {
        let broker = settings.broker
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        if version5 {
            let limit = CInt(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue)
            try Self.check(
                "maximum packet size", unsafe mosquitto_property_add_int32(&properties, limit, Self.maxPacketBytes))
        }
        var status = MOSQ_ERR_SUCCESS.code
        do {
            try SystemError.check("connect") {
                status = unsafe mosquitto_connect_bind_v5(
                    client, broker.host, CInt(clamping: broker.port), CInt(settings.pace.keepAliveSeconds), nil,
                    properties)
                return status == MOSQ_ERR_ERRNO.code ? CInt(-1) : 0
            }
        } catch {
            // libmosquitto tells a failed handshake as a protocol error of the socket, too.
            if let trouble = box.troubleInWords { throw .tls(reason: trouble) }
            if broker.tls != nil, error.errno == EPROTO {
                throw .tls(reason: "the broker hung up during the handshake; \(LinkFailure.doubt(about: broker))")
            }
            throw .unreachable(host: broker.host, port: broker.port, reason: error.description)
        }
        guard status == MOSQ_ERR_SUCCESS.code else {
            if broker.tls != nil, status == MOSQ_ERR_TLS.code { throw .tls(reason: complaint(status)) }
            throw .unreachable(host: broker.host, port: broker.port, reason: Self.words(status))
        }
    }

    private static func check(_ name: String, _ status: CInt) throws(PublishError) {
        guard status == MOSQ_ERR_SUCCESS.code else { throw .option(name: name, reason: words(status)) }
    }

    private static func words(_ status: CInt) -> String {
        if status == MOSQ_ERR_EAI.code || status == MOSQ_ERR_LOOKUP.code { return "the host name cannot be resolved" }
        guard let text = unsafe mosquitto_strerror(status) else { return "error \(status)" }
        return unsafe String(cString: text)
    }

    private borrowing func complaint(_ status: CInt) -> String { box.troubleInWords ?? Self.words(status) }

    /// Takes what the callbacks have told since the last call.
    borrowing func takeSignals() -> [BrokerSignal] {
        defer { box.signals = [] }
        return box.signals
    }

    /// -1 when there is none any more.
    var socket: CInt { unsafe mosquitto_socket(client) }
    var wantsToWrite: Bool { unsafe mosquitto_want_write(client) }

    borrowing func subscribe(to filter: String) throws(LinkFailure) {
        try check(unsafe mosquitto_subscribe(client, nil, filter, 1))
    }

    /// Returns the message's id, or nil when this one message can never be sent (too large for the broker).
    borrowing func publish(_ publication: Publication) throws(LinkFailure) -> CInt? {
        var messageID: CInt = 0
        let status = unsafe mosquitto_publish_v5(
            client, &messageID, publication.topic, CInt(clamping: publication.payload.count), publication.payload, 1,
            publication.isRetained, nil)
        switch mosq_err_t(rawValue: status) {
        case MOSQ_ERR_OVERSIZE_PACKET, MOSQ_ERR_PAYLOAD_SIZE, MOSQ_ERR_QOS_NOT_SUPPORTED, MOSQ_ERR_RETAIN_NOT_SUPPORTED,
            MOSQ_ERR_INVAL, MOSQ_ERR_MALFORMED_UTF8:
            return nil
        default: try check(status)
        }
        return messageID
    }

    borrowing func read() throws(LinkFailure) { try check(unsafe mosquitto_loop_read(client, 1)) }
    borrowing func write() throws(LinkFailure) { try check(unsafe mosquitto_loop_write(client, 1)) }
    /// Sends pings when they are due.
    borrowing func keepAlive() throws(LinkFailure) { try check(unsafe mosquitto_loop_misc(client)) }
    /// Says goodbye: the broker drops the will.
    borrowing func disconnect() throws(LinkFailure) { try check(unsafe mosquitto_disconnect(client)) }

    private borrowing func check(_ status: CInt) throws(LinkFailure) {
        let cause = errno
        switch mosq_err_t(rawValue: status) {
        case MOSQ_ERR_SUCCESS: return
        case MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN, MOSQ_ERR_TLS: throw Self.ending(box)
        // So libmosquitto tells that OpenSSL could not go on.
        case MOSQ_ERR_ERRNO where cause == EPROTO: throw Self.ending(box)
        default: throw LinkFailure(complaint(status))
        }
    }

    // MARK: - Callbacks

    private static func installCallbacks(_ client: OpaquePointer) {
        unsafe mosquitto_connect_v5_callback_set(client) { _, object, code, _, _ in
            unsafe MosquittoHandle.box(object)?.signals.append(
                code == 0 ? .accepted : .refused(MosquittoHandle.refusal(code, MosquittoHandle.box(object))))
        }
        unsafe mosquitto_disconnect_v5_callback_set(client) { _, object, code, _ in
            guard let box = unsafe MosquittoHandle.box(object) else { return }
            box.signals.append(.lost(MosquittoHandle.disconnectFailure(code, box)))
        }
        unsafe mosquitto_publish_v5_callback_set(client) { _, object, messageID, code, _ in
            let refusal = code >= 128 ? MosquittoHandle.reason(code) : nil
            unsafe MosquittoHandle.box(object)?.signals.append(.acknowledged(messageID: messageID, refusal: refusal))
        }
        unsafe mosquitto_subscribe_callback_set(client) { _, object, _, count, granted in
            // SAFETY: the library passes as many grants as `count` says.
            let grants = unsafe UnsafeBufferPointer(start: granted, count: Int(max(0, count)))
            unsafe MosquittoHandle.box(object)?.signals.append(.subscribed(refusals: grants.count { $0 >= 128 }))
        }
        unsafe mosquitto_message_callback_set(client) { _, object, message in
            guard let message = unsafe message?.pointee else { return }
            unsafe MosquittoHandle.box(object)?.signals.append(.received(MosquittoHandle.copy(of: message)))
        }
        unsafe mosquitto_log_callback_set(client) { client, object, level, text in
            guard level & (MOSQ_LOG_ERR | MOSQ_LOG_WARNING) != 0, let text = unsafe text else { return }
            guard let box = unsafe MosquittoHandle.box(object), box.broker.tls != nil else { return }
            // Only now: libmosquitto frees the connection before it returns the error.
            // SAFETY: it is an `SSL *` that lives while its client calls back, or null.
            let connection = unsafe client.flatMap { unsafe mosquitto_ssl_get($0) }.map { OpaquePointer($0) }
            let verdict = unsafe connection.map { unsafe SSL_get_verify_result($0) } ?? 0
            box.trouble.note(unsafe String(cString: text), verdict: Int(verdict))
        }
    }

    private static func box(_ object: UnsafeMutableRawPointer?) -> CallbackBox? {
        // SAFETY: `object` is the box given to `mosquitto_new`; the handle keeps it alive.
        unsafe object.map { unsafe Unmanaged<CallbackBox>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func copy(of message: mosquitto_message) -> IncomingMessage {
        let count = Int(max(0, unsafe message.payloadlen))
        // SAFETY: the library owns `payloadlen` bytes at `payload` during the callback.
        let payload = unsafe UnsafeRawBufferPointer(
            start: message.payload, count: message.payload == nil ? 0 : min(count, IncomingMessage.maxBytes))
        return unsafe IncomingMessage(
            topic: message.topic.map { unsafe String(cString: $0) } ?? "", payload: Array(payload), payloadBytes: count,
            isRetained: message.retain)
    }

    private static func reason(_ code: CInt) -> String {
        guard let text = unsafe mosquitto_reason_string(code) else { return "reason \(code)" }
        return unsafe String(cString: text)
    }

    /// CONNACK: MQTT 5 §3.2.2.2 and 3.1.1 §3.2.2.3 number their reasons differently.
    private static func refusal(_ code: CInt, _ box: CallbackBox?) -> LinkFailure {
        let text = code < 128 ? unsafe mosquitto_connack_string(code).map { unsafe String(cString: $0) } : reason(code)
        let isVersion = code == CInt(MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION.rawValue) || code == 1
        let isLogin = [4, 5, CInt(MQTT_RC_NOT_AUTHORIZED.rawValue), CInt(MQTT_RC_BAD_USERNAME_OR_PASSWORD.rawValue)]
            .contains(code)
        let advice = isLogin ? "; see mqtt.username and mqtt.passwordFile" : ""
        return LinkFailure(
            "the broker refused the connection: \(text ?? "reason \(code)")\(advice)", isAboutVersion: isVersion)
    }

    /// A DISCONNECT from the broker (its reason is 128 or more) or an error of the library.
    private static func disconnectFailure(_ code: CInt, _ box: CallbackBox) -> LinkFailure {
        if code == CInt(MQTT_RC_SESSION_TAKEN_OVER.rawValue) {
            return LinkFailure("another client connected with our client id; is deviceId used twice?", isTakeover: true)
        }
        if code >= 128 { return LinkFailure("the broker ended the connection: \(reason(code))") }
        return ending(box)
    }

    private static func ending(_ box: CallbackBox) -> LinkFailure {
        if let trouble = box.troubleInWords { return LinkFailure("TLS: \(trouble)") }
        return LinkFailure("the broker closed the connection", isSilentHangUp: true)
    }
}

extension mosq_err_t {
    fileprivate var code: CInt { CInt(truncatingIfNeeded: Int64(rawValue)) }
}
