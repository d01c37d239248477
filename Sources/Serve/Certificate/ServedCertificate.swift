import Logging
import NIOCore
import NIOPosix
import Settings
import Synchronization

/// What a listener shows to callers. Follows its files, so that a new certificate, the box's own or one that another
/// program renews, counts from the next connection on.
final class ServedCertificate: Sendable {
    private struct Current {
        var context: TLSContext
        var stamps: [FileStamp?]
    }

    private let files: APISettings.TLS
    private let current: Mutex<Current>

    /// - Throws: `ServeError.certificate`
    init(_ files: APISettings.TLS) throws(ServeError) {
        self.files = files
        current = Mutex(try Self.read(files))
    }

    /// What the next connection shows. Those that are open keep theirs.
    var context: TLSContext { current.withLock { $0.context } }

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

    private static func read(_ files: APISettings.TLS) throws(ServeError) -> Current {
        // Before the files: a change meanwhile is seen the next time.
        let stamps = stamps(files)
        do {
            return Current(context: try TLSContext(serving: files), stamps: stamps)
        } catch {
            throw .certificate(path: "\(files.certificateFile) / \(files.keyFile)", reason: "\(error)")
        }
    }
}
