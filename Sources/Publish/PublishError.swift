package import Runtime

/// Why publishing cannot begin, or one attempt to reach the broker failed. Everything that the link can cure by itself
/// has `recovery == .retry`.
package enum PublishError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// A topic prefix or device id that cannot be part of an MQTT topic.
    case badTopicPart(what: String, value: String)
    case outOfMemory
    case passwordFile(path: String, reason: String)
    case tlsFiles(reason: String)
    /// The broker and we could not agree on a secure connection.
    case tls(reason: String)
    /// libmosquitto would not take an option; a mistake of ours or a foreign library.
    case option(name: String, reason: String)
    case unreachable(host: String, port: Int, reason: String)
    case thread(SystemError)
    /// libmosquitto is spoken to over a connection of the program to itself.
    case loopback(SystemError)

    package var recovery: Recovery {
        switch self {
        case .badTopicPart, .option: .giveUp
        case .passwordFile, .tlsFiles, .tls, .unreachable, .thread, .loopback, .outOfMemory: .retry
        }
    }

    package var description: String {
        switch self {
        case .badTopicPart(let what, let value):
            "\(what) \"\(value)\" cannot be part of an MQTT topic: no '+', '#', control characters or empty levels"
        case .outOfMemory: "libmosquitto found no memory for a client"
        case .passwordFile(let path, let reason):
            "cannot read the broker's password from \(path): \(reason); see mqtt.passwordFile"
        case .tlsFiles(let reason): "TLS to the broker cannot be set up: \(reason); see mqtt.tls"
        case .tls(let reason): "TLS: \(reason)"
        case .option(let name, let reason): "libmosquitto refuses the option \(name): \(reason)"
        case .unreachable(let host, let port, let reason):
            "no broker at \(host):\(port): \(reason); does it run, and is mqtt.host right?"
        case .loopback(let error):
            "the program cannot connect to itself on 127.0.0.1: \(error); is the interface lo up?"
        case .thread(let error): "the MQTT thread cannot start: \(error)"
        }
    }
}
