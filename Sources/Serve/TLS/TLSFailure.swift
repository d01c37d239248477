import CCrypto

/// Why TLS of one connection failed.
package enum TLSFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What came is not TLS, as HTTP spoken to a port with TLS, or the other way round.
    case notTLS
    /// The other side's certificate; the reason in OpenSSL's words.
    case refusedCertificate(reason: String)
    /// It cannot stand in a certificate, so that none could be checked for it.
    case unusableName(String)
    /// What the other side sent as its reason (RFC 8446 §6.2), in OpenSSL's words.
    case refusedByPeer(reason: String)
    /// The connection ended before both had agreed on TLS.
    case endedInHandshake
    /// The connection ended without TLS's goodbye: somebody may have cut it, and what came may be a part only.
    case truncated
    /// Anything else, in OpenSSL's words.
    case broken(reason: String)

    package var description: String {
        switch self {
        case .notTLS: "the other side does not speak TLS"
        case .refusedCertificate(let reason): "its certificate is refused: \(reason)"
        case .unusableName(let name): "no certificate can be for '\(name.prefix(253))'"
        case .refusedByPeer(let reason): "the other side refuses: \(reason)"
        case .endedInHandshake: "the connection ended before TLS was agreed on"
        case .truncated: "the connection ended without TLS's goodbye"
        case .broken(let reason): "TLS failed: \(reason)"
        }
    }

    /// What OpenSSL has just said. Takes all of it off the thread's list, since the next connection uses the same thread.
    /// - Parameters:
    ///   - isOpen: both sides have agreed on TLS, so that what comes now is damaged rather than something else.
    ///   - verdict: `X509_V_ERR_…` about the other side's certificate; `X509_V_OK` without one.
    static func said(isOpen: Bool, verdict: Int) -> TLSFailure {
        let code = ERR_peek_error()
        defer { ERR_clear_error() }
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "no reason given"
        switch ERR_GET_REASON(code) {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_WRONG_VERSION_NUMBER, SSL_R_UNKNOWN_PROTOCOL,
            SSL_R_PACKET_LENGTH_TOO_LONG:
            return isOpen ? .broken(reason: reason) : .notTLS
        case SSL_R_CERTIFICATE_VERIFY_FAILED where verdict != Int(X509_V_OK):
            return .refusedCertificate(reason: unsafe String(cString: X509_verify_cert_error_string(verdict)))
        // OpenSSL numbers the other side's alerts from here on.
        case SSL_AD_REASON_OFFSET..<(SSL_AD_REASON_OFFSET + 256): return .refusedByPeer(reason: reason)
        default: return .broken(reason: reason)
        }
    }
}
