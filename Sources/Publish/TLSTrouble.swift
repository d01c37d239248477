package import Base
import CMosquitto
package import Settings

/// What OpenSSL said while a TLS connection failed, and what that means for the owner of the box.
package struct TLSTrouble: Sendable, Equatable {
    /// A broken handshake says a line or two; more is noise.
    private static let mostComplaints = 8

    private var complaints: [String] = []
    /// OpenSSL's `X509_V_ERR_…` about the broker's certificate; 0 while it has nothing against it.
    private var verdict = 0

    package init() {}

    package mutating func note(_ complaint: String, verdict: Int) {
        if verdict != 0 { self.verdict = verdict }
        // A broker that dies closes the socket without TLS's goodbye: that is no trouble with TLS.
        guard !complaint.lowercased().contains("unexpected eof") else { return }
        if complaints.count < Self.mostComplaints { complaints.append(complaint) }
    }

    /// What is wrong and what to do; nil when nothing was said.
    package func words(for broker: MQTTSettings, at now: WallTime) -> String? {
        meaning(for: broker, at: now) ?? complaints.last
    }

    /// The same, but nil for what nobody foresaw.
    func meaning(for broker: MQTTSettings, at now: WallTime) -> String? {
        complaints.isEmpty ? nil : aboutCertificate(broker, now) ?? aboutAlert(broker)
    }

    private func aboutCertificate(_ broker: MQTTSettings, _ now: WallTime) -> String? {
        switch verdict {
        case 0: nil
        case Int(X509_V_ERR_CERT_NOT_YET_VALID), Int(X509_V_ERR_CERT_HAS_EXPIRED):
            aboutTime(isOver: verdict == Int(X509_V_ERR_CERT_HAS_EXPIRED), now)
        case Int(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT), Int(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
            Int(X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE), Int(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT),
            Int(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN), Int(X509_V_ERR_CERT_SIGNATURE_FAILURE):
            "the broker's certificate comes from an unknown CA: none in mqtt.tls.caFile \(broker.tls?.caFile ?? "") "
                + "has signed it"
        case Int(X509_V_ERR_HOSTNAME_MISMATCH), Int(X509_V_ERR_IP_ADDRESS_MISMATCH):
            "the broker's certificate is not for \"\(broker.host)\"; set mqtt.host to the name that stands in it"
        default:
            "the broker's certificate is refused: "
                + (unsafe X509_verify_cert_error_string(verdict).map { unsafe String(cString: $0) } ?? "\(verdict)")
        }
    }

    /// Boards without a battery start in the past, where no certificate is valid yet.
    private func aboutTime(isOver: Bool, _ now: WallTime) -> String {
        let clock = "this box's clock says \(now.rfc3339)"
        if !now.isPlausible {
            return "\(clock), which is wrong: no certificate can be checked until it is set, see: timedatectl"
        }
        return "the broker's certificate \(isOver ? "has expired" : "is not valid yet"); \(clock): if that is right, "
            + "the broker needs another certificate"
    }

    /// What the other side complains of (RFC 8446 §6.2, in OpenSSL's words), and what our own files are.
    private func aboutAlert(_ broker: MQTTSettings) -> String? {
        let text = complaints.joined(separator: "\n").lowercased()
        let hasCertificate = broker.tls?.certificateFile != nil
        if text.contains("inconsistent") || text.contains("key values mismatch") {
            return "mqtt.tls.certFile and mqtt.tls.keyFile do not belong together"
        }
        if text.contains("wrong version number") || text.contains("packet length too long") {
            return "the broker does not speak TLS on port \(broker.port); is another port meant, or mqtt.tls null?"
        }
        if text.contains("certificate required") || (text.contains("handshake failure") && !hasCertificate) {
            return "the broker wants a client certificate; set mqtt.tls.certFile and mqtt.tls.keyFile"
        }
        let refusals = [
            "alert unknown ca", "alert bad certificate", "alert decrypt error", "alert certificate expired",
            "alert certificate unknown", "alert certificate revoked", "alert unsupported certificate",
            "alert handshake failure", "alert access denied",
        ]
        guard hasCertificate, let refusal = refusals.first(where: text.contains) else { return nil }
        return "the broker refuses our client certificate mqtt.tls.certFile: \(refusal.dropFirst("alert ".count))"
    }
}
