package import Runtime

/// Why the API cannot be served.
package enum ServeError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The file with the local key cannot be read, made or understood.
    case credentials(path: String, reason: String)
    /// The key file can be read by others.
    case credentialsExposed(path: String, mode: UInt32)
    case cannotBind(address: String, reason: String)
    /// Another program answers at the socket.
    case socketInUse(path: String)
    case socketPathTaken(path: String)
    case socketPathTooLong(path: String)
    /// A non-loopback address without TLS and without `plaintext`.
    case plaintextRefused(address: String)
    case certificate(path: String, reason: String)

    package var description: String {
        switch self {
        case .credentials(let path, let reason):
            "local key \(path): \(reason)"
        case .credentialsExposed(let path, let mode):
            "local key \(path) can be read by others (mode \(String(mode, radix: 8))): run chmod 600 on it, "
                + "or 'porchlight credentials --rotate'"
        case .cannotBind(let address, let reason):
            "cannot listen on \(address): \(reason); see api.listen in the config"
        case .socketInUse(let path): "\(path) is served by another program: is porchlight running already?"
        case .socketPathTaken(let path): "\(path) exists and is not a socket: remove it or change api.socket"
        case .socketPathTooLong(let path): "\(path) is too long for a socket: change api.socket (at most 94 bytes)"
        case .plaintextRefused(let address):
            "\(address) can be reached by others and has no TLS: set api.tls ({} for a certificate of its own), or \"plaintext\": true to allow it"
        case .certificate(let path, let reason): "certificate or key \(path): \(reason); see api.tls in the config"
        }
    }

    package var recovery: Recovery {
        switch self {
        // Addresses come, ports are left, files are put right: nobody has to restart anything for it.
        case .cannotBind, .socketInUse, .credentials, .credentialsExposed, .socketPathTaken, .certificate: .retry
        // The config says so, and it is read at the start.
        case .socketPathTooLong, .plaintextRefused: .giveUp
        }
    }
}
