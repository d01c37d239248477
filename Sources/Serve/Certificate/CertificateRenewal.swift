import Base
package import Logging
import NIOPosix
import ServiceLifecycle

/// Looks after the box's own certificate while the program runs: another address (DHCP), the end of its time, a clock
/// that was set. The listener follows the files.
package struct CertificateRenewal: Service {
    private let own: OwnCertificate
    private let address: String
    private let pause: Duration
    private let logger: Logger

    /// - Parameter address: that the API listens at.
    package init(
        _ own: OwnCertificate, listeningAt address: String, every pause: Duration = .seconds(10), logger: Logger
    ) {
        self.own = own
        self.address = address
        self.pause = pause
        self.logger = logger
    }

    /// Until the surrounding task is cancelled or its service group shuts down.
    package func run() async {
        try? await cancelWhenGracefulShutdown {
            var told: String?
            while true {
                // Whoever begins to serve has looked just now.
                try await Task.sleep(for: pause)
                // Files are read and written on a thread that may wait for a disk.
                let result = try await NIOThreadPool.singleton.runIfActive { step() }
                if case .success(let state) = result { Self.tellNews(state, logger) }
                let note = Self.note(on: result)
                if let note, note != told { logger.warning("\(note)") }
                told = note
            }
        }
    }

    private func step() -> Result<OwnCertificate.State, ServeError> {
        Result { () throws(ServeError) in try own.state(for: LocalNames.all(listeningAt: address), at: .now()) }
    }

    private static func tellNews(_ state: OwnCertificate.State, _ logger: Logger) {
        if state.isNew { logger.notice("the box has a new certificate", metadata: ["until": "\(state.endsAt)"]) }
        if state.wasKeyExposed { logger.warning("others could read tls/ca-key.pem; from now on only its owner can") }
    }

    /// What its owner should know once, as long as it stays the same.
    private static func note(on result: Result<OwnCertificate.State, ServeError>) -> String? {
        let remedy = "to change that, remove the folder tls, restart, and let callers trust the new ca.pem"
        switch result {
        case .failure(let error):
            return "the box's own certificate cannot be renewed: \(error)"
        case .success(let state) where state.isUnlimited:
            return "tls/ca.pem has no name constraints; \(remedy)"
        case .success(let state) where !state.leftOut.isEmpty:
            return "tls/ca.pem was not made for \(state.leftOut.joined(separator: ", ")); \(remedy)"
        case .success:
            return nil
        }
    }
}
