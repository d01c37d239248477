package import Settings

/// Why a connection ended, or did not come about.
package struct LinkFailure: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case other
        /// The broker does not speak this version of MQTT.
        case version
        /// Another client with the same client id threw us out.
        case takeover
        /// The other side closed without a word.
        case silentHangUp
        /// The other side took the connection and did not answer.
        case silence
        /// The broker takes no will of this QoS, or none that is retained.
        case willQoS, retainedWill
        /// A packet was larger than the broker takes.
        case tooLarge
    }

    /// In words, for people.
    package var reason: String
    package var kind: Kind

    package init(_ reason: String, _ kind: Kind = .other) {
        self.reason = reason
        self.kind = kind
    }

    /// Of a TLS handshake that ends without a word.
    static func hungUpInHandshake(_ broker: MQTTSettings) -> LinkFailure {
        LinkFailure("TLS: the broker hung up during the handshake; \(doubt(about: broker))")
    }

    /// A broker that hangs up with TLS before it answers mostly wants a certificate.
    package func beforeAnswer(of broker: MQTTSettings) -> LinkFailure {
        guard kind == .silentHangUp, broker.tls != nil else { return self }
        return LinkFailure("\(reason); \(Self.doubt(about: broker))", kind)
    }

    private static func doubt(about broker: MQTTSettings) -> String {
        let certificate =
            broker.tls?.certificateFile == nil
            ? "wants a client certificate (mqtt.tls.certFile)" : "refuses our client certificate mqtt.tls.certFile"
        return "perhaps it does not speak TLS on port \(broker.port), or \(certificate)"
    }
}
