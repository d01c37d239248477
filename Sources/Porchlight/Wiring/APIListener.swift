import Base
import Logging
import Serve
import ServiceLifecycle
import Settings
import Store

/// One address at which the API answers. Its certificate is looked for at each try: the box gets another address, or
/// somebody puts a damaged file right, and callers come in without a restart.
struct APIListener: Service {
    let address: HTTPListener.Address
    let settings: Settings
    let door: RequestHandler
    let statuses: ServiceStatusStore
    let logger: Logger

    /// The TCP address and, if there is one, the unix socket.
    static func all(
        _ settings: Settings, _ door: RequestHandler, _ statuses: ServiceStatusStore, _ logger: Logger
    ) -> [Supervised] {
        let api = settings.api
        let tcp = HTTPListener.Address.tcp(address: api.address, port: api.port, tls: nil, plaintext: api.plaintext)
        let addresses = [tcp] + (api.socket.map { [.unixSocket(path: $0)] } ?? [])
        return addresses.map { address in
            let listener = APIListener(
                address: address, settings: settings, door: door, statuses: statuses, logger: logger)
            return Supervised(listener.name, stopLimit: .milliseconds(700), start: .whenItSays, listener)
        }
    }

    var name: String { "API at \(address)" }

    func run() async throws {
        let (address, own) = try encrypted()
        let listener = HTTPListener(address: address, door: door, logger: logger) { port in
            guard statuses.set(.running, of: name) else { return }
            let place = port.map { "\(settings.api.address):\($0)" } ?? "\(address)"
            logger.notice("API answers", metadata: ["at": "\(place)"])
            if let own { logger.notice("TLS with the box's own certificate", metadata: own) }
        }
        try await listener.run()
    }

    /// The address with the certificate that the settings ask for, and what people need to know of the box's own.
    private func encrypted() throws(ServeError) -> (HTTPListener.Address, own: Logger.Metadata?) {
        guard case .tcp(let host, let port, _, let plaintext) = address, let source = settings.api.tls else {
            return (address, nil)
        }
        switch source {
        case .files(let files):
            return (.tcp(address: host, port: port, tls: files, plaintext: plaintext), nil)
        case .own:
            let own = OwnCertificate(folder: settings.storage.layout.path(of: .certificates))
            let names = LocalNames.all(listeningAt: settings.api.address)
            let state = try own.state(for: names, at: .now())
            let metadata: Logger.Metadata = [
                "trust": "\(own.authorityFile)", "for": "\(names.joined(separator: ", "))", "until": "\(state.endsAt)",
            ]
            return (.tcp(address: host, port: port, tls: state.files, plaintext: plaintext), metadata)
        }
    }

    /// The box's own certificate is looked after as long as the API is served with it.
    static func renewal(_ settings: Settings, _ logger: Logger) -> [Supervised] {
        guard case .own = settings.api.tls else { return [] }
        let renewal = CertificateRenewal(
            OwnCertificate(folder: settings.storage.layout.path(of: .certificates)), listeningAt: settings.api.address,
            logger: logger)
        return [Supervised("the box's own certificate", stopLimit: .milliseconds(300), renewal)]
    }
}
