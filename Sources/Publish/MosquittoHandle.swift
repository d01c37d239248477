import CMosquitto
import Glibc
package import Runtime
package import Settings

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

/// A message from the broker. Of a payload that is longer than its link reads only the beginning is kept.
package struct IncomingMessage: Sendable, Equatable {
    /// Of a payload so much is read by a link that asks for nothing else.
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

    package var isTooLarge: Bool { payloadBytes > payload.count }
}

/// How to reach a broker, and as whom.
package struct LinkSettings: Sendable {
    package var broker: MQTTSettings
    package var clientID: String
    /// Retained, QoS 1.
    package var will: (topic: String, payload: [UInt8])?
    package var pace: LinkPace
    /// Of a payload to us so much is read.
    package var mostPayloadBytes: Int
    /// Seconds for which the broker keeps the subscriptions, and what comes by them with QoS 1, while we are away; 0 = it
    /// forgets us. A broker of MQTT 3.1.1 keeps them for as long as it likes.
    package var sessionSeconds: UInt32
    /// Hides the password in the log.
    package var mask: LogMask

    package init(
        broker: MQTTSettings, clientID: String, will: (topic: String, payload: [UInt8])?, pace: LinkPace = .usual,
        mostPayloadBytes: Int = IncomingMessage.maxBytes, sessionSeconds: UInt32 = 0,
        mask: LogMask = LogMask()
    ) {
        self.broker = broker
        self.clientID = clientID
        self.will = will
        self.pace = pace
        self.mostPayloadBytes = mostPayloadBytes
        self.sessionSeconds = sessionSeconds
        self.mask = mask
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
        let mostPayloadBytes: Int

        init(mostPayloadBytes: Int) { self.mostPayloadBytes = mostPayloadBytes }
    }

    /// Largest packet that the broker may send us: memory stays bounded whatever is published on our command topics.
    private static let maxPacketBytes: UInt32 = 2 << 20

    private static let library: CInt = mosquitto_lib_init()

    /// Makes a client that takes `port` of the loopback interface for the broker, and connects it.
    static func connecting(
        _ settings: LinkSettings, _ offer: ConnectOffer, port: Int
    ) throws(PublishError) -> MosquittoHandle {
        guard library == MOSQ_ERR_SUCCESS.code else { throw .option(name: "lib_init", reason: words(library)) }
        let box = CallbackBox(mostPayloadBytes: settings.mostPayloadBytes)
        // SAFETY: the handle keeps `box` alive until `mosquitto_destroy`, after which no callback runs.
        guard
            let client = unsafe mosquitto_new(
                settings.clientID, settings.sessionSeconds == 0, Unmanaged.passUnretained(box).toOpaque())
        else { throw .outOfMemory }
        let handle = unsafe MosquittoHandle(client: client, box: box)  // owned: a throw below frees it
        try handle.configure(settings, offer)
        unsafe installCallbacks(client)
        try handle.open(settings, offer, port)
        return handle
    }

    private init(client: OpaquePointer, box: CallbackBox) {
        unsafe self.client = unsafe client
        self.box = box
    }

    deinit { unsafe mosquitto_destroy(client) }

    private borrowing func configure(_ settings: LinkSettings, _ offer: ConnectOffer) throws(PublishError) {
        let version = offer.isVersion5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try Self.check("protocol version", unsafe mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version))
        try Self.check("TCP_NODELAY", unsafe mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1))
        if let will = settings.will {
            try Self.check(
                "will",
                unsafe mosquitto_will_set(
                    client, will.topic, CInt(clamping: will.payload.count), will.payload, CInt(offer.willQoS),
                    offer.retainsWill))
        }
        if let user = settings.broker.username {
            let password = try settings.broker.passwordFile.map { path throws(PublishError) in try Self.password(path) }
            if let password { settings.mask.hide(password, as: "MQTT password") }
            try Self.check("username", unsafe mosquitto_username_pw_set(client, user, password))
        }
    }

    /// The first line of the file; re-read at every attempt, so that a new password needs no restart.
    private static func password(_ path: String) throws(PublishError) -> String {
        do {
            let bytes = try OwnedFileDescriptor.opening(path, O_RDONLY).read(atMost: 4096)
            if let password = TextFile.firstLine(bytes) { return password }
        } catch { throw .passwordFile(path: path, reason: error.description) }
        throw .passwordFile(path: path, reason: "its first line is not UTF-8: save it so")
    }

    private borrowing func open(_ settings: LinkSettings, _ offer: ConnectOffer, _ port: Int) throws(PublishError) {
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        if offer.isVersion5 {
            let limit = CInt(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue)
            try Self.check(
                "maximum packet size", unsafe mosquitto_property_add_int32(&properties, limit, Self.maxPacketBytes))
            if settings.sessionSeconds > 0 {
                let expiry = CInt(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue)
                try Self.check(
                    "session expiry", unsafe mosquitto_property_add_int32(&properties, expiry, settings.sessionSeconds))
            }
        }
        try Self.check(
            "connect",
            unsafe mosquitto_connect_bind_v5(
                client, "127.0.0.1", CInt(clamping: port), CInt(settings.pace.keepAliveSeconds), nil, properties))
    }

    private static func check(_ name: String, _ status: CInt) throws(PublishError) {
        guard status == MOSQ_ERR_SUCCESS.code else { throw .option(name: name, reason: words(status)) }
    }

    private static func words(_ status: CInt) -> String {
        guard let text = unsafe mosquitto_strerror(status) else { return "error \(status)" }
        return unsafe String(cString: text)
    }

    /// Takes what the callbacks have told since the last call.
    borrowing func takeSignals() -> [BrokerSignal] {
        defer { box.signals = [] }
        return box.signals
    }

    /// -1 when there is none any more.
    var socket: CInt { unsafe mosquitto_socket(client) }
    var wantsToWrite: Bool { unsafe mosquitto_want_write(client) }

    /// - Parameter quality: QoS, at most this for what comes.
    borrowing func subscribe(to filter: String, quality: Int) throws(LinkFailure) {
        try check(unsafe mosquitto_subscribe(client, nil, filter, CInt(quality)))
    }

    /// Returns the message's id, or nil when libmosquitto can never send this one message.
    borrowing func publish(_ publication: Publication, _ terms: BrokerTerms) throws(LinkFailure) -> CInt? {
        var messageID: CInt = 0
        let status = unsafe mosquitto_publish_v5(
            client, &messageID, publication.topic, CInt(clamping: publication.payload.count), publication.payload,
            CInt(terms.maximumQoS), publication.isRetained && terms.takesRetained, nil)
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
        switch mosq_err_t(rawValue: status) {
        case MOSQ_ERR_SUCCESS: return
        case MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN: throw Self.ending
        default: throw LinkFailure(Self.words(status))
        }
    }

    // MARK: - Callbacks

    private static func installCallbacks(_ client: OpaquePointer) {
        unsafe mosquitto_connect_v5_callback_set(client) { _, object, code, _, _ in
            unsafe MosquittoHandle.box(object)?.signals.append(
                code == 0 ? .accepted : .refused(MosquittoHandle.refusal(code)))
        }
        unsafe mosquitto_disconnect_v5_callback_set(client) { _, object, code, _ in
            unsafe MosquittoHandle.box(object)?.signals.append(.lost(MosquittoHandle.disconnectFailure(code)))
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
            guard let box = unsafe MosquittoHandle.box(object) else { return }
            let copy = unsafe MosquittoHandle.copy(of: message, atMost: box.mostPayloadBytes)
            box.signals.append(.received(copy))
        }
    }

    private static func box(_ object: UnsafeMutableRawPointer?) -> CallbackBox? {
        // SAFETY: `object` is the box given to `mosquitto_new`; the handle keeps it alive.
        unsafe object.map { unsafe Unmanaged<CallbackBox>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func copy(of message: mosquitto_message, atMost limit: Int) -> IncomingMessage {
        let count = Int(max(0, unsafe message.payloadlen))
        // SAFETY: the library owns `payloadlen` bytes at `payload` during the callback.
        let payload = unsafe UnsafeRawBufferPointer(
            start: message.payload, count: message.payload == nil ? 0 : min(count, limit))
        return unsafe IncomingMessage(
            topic: message.topic.map { unsafe String(cString: $0) } ?? "", payload: Array(payload), payloadBytes: count,
            isRetained: message.retain)
    }

    private static func reason(_ code: CInt) -> String {
        guard let text = unsafe mosquitto_reason_string(code) else { return "reason \(code)" }
        return unsafe String(cString: text)
    }

    /// CONNACK: MQTT 5 §3.2.2.2 and 3.1.1 §3.2.2.3 number their reasons differently.
    private static func refusal(_ code: CInt) -> LinkFailure {
        let text = code < 128 ? unsafe mosquitto_connack_string(code).map { unsafe String(cString: $0) } : reason(code)
        let isLogin = [4, 5, CInt(MQTT_RC_NOT_AUTHORIZED.rawValue), CInt(MQTT_RC_BAD_USERNAME_OR_PASSWORD.rawValue)]
            .contains(code)
        let advice = isLogin ? "; see mqtt.username and mqtt.passwordFile" : ""
        let kind: LinkFailure.Kind =
            switch code {
            case 1, CInt(MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION.rawValue): .version
            case CInt(MQTT_RC_QOS_NOT_SUPPORTED.rawValue): .willQoS
            case CInt(MQTT_RC_RETAIN_NOT_SUPPORTED.rawValue): .retainedWill
            default: .other
            }
        return LinkFailure("the broker refused the connection: \(text ?? "reason \(code)")\(advice)", kind)
    }

    /// A DISCONNECT from the broker (its reason is 128 or more) or an error of the library.
    private static func disconnectFailure(_ code: CInt) -> LinkFailure {
        switch code {
        case CInt(MQTT_RC_SESSION_TAKEN_OVER.rawValue):
            LinkFailure("another client connected with our client id; is deviceId used twice?", .takeover)
        case CInt(MQTT_RC_PACKET_TOO_LARGE.rawValue):
            LinkFailure("the broker ended the connection: a message was too large for it", .tooLarge)
        case MOSQ_ERR_KEEPALIVE.code: LinkFailure("the broker does not answer a ping")
        case 128...: LinkFailure("the broker ended the connection: \(reason(code))")
        default: ending
        }
    }

    private static var ending: LinkFailure { LinkFailure("the broker closed the connection", .silentHangUp) }
}

extension mosq_err_t {
    fileprivate var code: CInt { CInt(truncatingIfNeeded: Int64(rawValue)) }
}
