import Base
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// What a listener shows to callers. Follows its files, so that a new certificate, the box's own or one that another
/// program renews, counts from the next connection on.
final class ServedCertificate: Sendable {
    private struct Pair {
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
        var stamps: [FileStamp?]
    }

    private let files: APISettings.TLS
    private let current: Mutex<Pair>

    /// - Throws: `ServeError.certificate`
    init(_ files: APISettings.TLS) throws(ServeError) {
        self.files = files
        current = Mutex(try Self.read(files))
    }

    /// TLS 1.2 and later; every handshake takes the certificate of its time.
    var configuration: TLSConfiguration {
        let pair = current.withLock { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: pair.chain, privateKey: pair.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { _, promise in
            let pair = self.current.withLock { $0 }
            var now = NIOSSLContextConfigurationOverride()
            now.certificateChain = pair.chain
            now.privateKey = pair.key
            promise.succeed(now)
        }
        return configuration
    }

    /// Looks at the files again and again until the surrounding task is cancelled. Files that cannot be used, as while
    /// somebody replaces them, leave what is served as it is.
    func follow(every pause: Duration, _ logger: Logger) async {
        var failure: ServeError?
        while (try? await Task.sleep(for: pause)) != nil {
            do {
                // Files are read on a thread that may wait for a disk.
                if try await NIOThreadPool.singleton.runIfActive({ try self.reload() }) {
                    logger.notice("certificate reread", metadata: ["file": "\(files.certificateFile)"])
                }
                failure = nil
            } catch let error as ServeError where error != failure {
                failure = error
                logger.error("certificate cannot be reread", metadata: ["error": "\(error)"])
            } catch {}
        }
    }

    /// False when nothing has changed.
    private func reload() throws(ServeError) -> Bool {
        let stamps = Self.stamps(files)
        guard stamps != current.withLock({ $0.stamps }) else { return false }
        let fresh = try Self.read(files)
        current.withLock { $0 = fresh }
        return true
    }

    private static func stamps(_ files: APISettings.TLS) -> [FileStamp?] {
        [FileStamp(files.certificateFile), FileStamp(files.keyFile)]
    }

    private static func read(_ files: APISettings.TLS) throws(ServeError) -> Pair {
        // Before the files: a change meanwhile is seen the next time.
        let stamps = stamps(files)
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificateFile)
            let key = try NIOSSLPrivateKey(file: files.keyFile, format: .pem)
            let pair = Pair(chain: chain.map { .certificate($0) }, key: .privateKey(key), stamps: stamps)
            // Refuses a key that is not the certificate's.
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key))
            return pair
        } catch {
            throw .certificate(path: "\(files.certificateFile) / \(files.keyFile)", reason: "\(error)")
        }
    }
}
