import Base
import Dispatch
import Glibc
package import Logging
import Runtime
import Synchronization

/// `<storage>/results/<Bucket>/<KeyPrefix>/<processor>/<session>/`: where pictures and summaries of sessions go.
///
/// Callers choose bucket and prefix, so every part is checked, and each folder is opened below the one before
/// without following links: nothing outside can be reached. Files appear whole or not at all. What cannot be
/// written is counted; the session goes on.
package final class ResultsFolder: Sendable {
    /// Why a bucket or prefix cannot be a path.
    package enum PathError: Error, Sendable, Equatable, CustomStringConvertible {
        case badBucket(String)
        case badPrefix(part: String)
        case tooDeep(parts: Int)

        package var description: String {
            switch self {
            case .badBucket(let name): "Bucket '\(name.prefix(80))' needs 3 to 255 characters of 0-9 A-Z a-z . - _"
            case .badPrefix(let part):
                "KeyPrefix part '\(part.prefix(80))' must be 1 to 255 bytes without control characters, not . or .."
            case .tooDeep(let parts): "KeyPrefix has \(parts) parts, at most \(mostParts) are possible"
            }
        }
    }

    package static let mostParts = 32
    /// Pictures above this are refused.
    package static let mostBytes = 8 << 20

    let root: String
    private let logger: Logger
    private let failures = Mutex((count: 0, isFailing: false))
    /// Disk work blocks: it has a queue of its own.
    private let queue = DispatchQueue(label: "results")

    /// Whether a picture of so many bytes may be written today.
    private let admits: @Sendable (Int) -> Bool

    /// - Parameters:
    ///   - folder: of the storage directory, an absolute path.
    ///   - admits: asked right before a picture is written; what it refuses is not kept, and counted there.
    package init(folder: String, admits: @escaping @Sendable (Int) -> Bool = { _ in true }, logger: Logger) {
        root = folder
        self.admits = admits
        self.logger = logger
    }

    /// Files that could not be written since the start.
    package var failureCount: Int { failures.withLock(\.count) }

    /// The folders below `results` that bucket and prefix name. Empty parts are left out, as file systems do.
    package static func path(bucket: String, keyPrefix: String?) throws(PathError) -> [String] {
        let isBucket = bucket.utf8.allSatisfy { $0.isNameCharacter || $0 == UInt8(ascii: ".") }
        guard isBucket, (3...255).contains(bucket.utf8.count) else { throw .badBucket(bucket) }
        let parts = (keyPrefix ?? "").split(separator: "/").map(String.init)
        guard parts.count <= mostParts else { throw .tooDeep(parts: parts.count) }
        for part in parts {
            let isPlain = part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            guard isPlain, part != ".", part != "..", part.utf8.count <= 255 else { throw .badPrefix(part: part) }
        }
        return [bucket] + parts
    }

    /// The name and `file:` URI of what was kept; nil when there was nothing to keep, no folder was named, or it could not
    /// be written.
    func keep(_ bytes: [UInt8]?, as name: String, of session: Session) async -> (name: String, uri: String)? {
        let definition = session.processor.definition
        guard let bytes, case .folder(let bucket, let keyPrefix) = definition.output else { return nil }
        let isPicture = name.hasSuffix(".jpg")
        let outcome = await onQueue { () throws -> String? in
            guard bytes.count <= Self.mostBytes else { throw SystemError(call: "write \(name)", errno: EFBIG) }
            if isPicture, !self.admits(bytes.count) { return nil }
            let folders =
                try Self.path(bucket: bucket, keyPrefix: keyPrefix)
                + [definition.name.folderName, session.id]
            try Self.write(bytes, name, in: folders, below: self.root)
            return "file://"
                + PercentEncoding.encoded(([self.root] + folders + [name]).joined(separator: "/").utf8, keeping: "/")
        }
        return note(outcome).flatMap { $0 }.map { (name, $0) }
    }

    func onQueue<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async -> Result<R, any Error> {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: work)) }
        }
    }

    /// Logs the change from working to failing and back, not each file.
    private func note<R>(_ outcome: Result<R, any Error>) -> R? {
        switch outcome {
        case .success(let value):
            if failures.withLock({ state in
                defer { state.isFailing = false }
                return state.isFailing
            }) {
                logger.notice("results can be written again")
            }
            return value
        case .failure(let error):
            if failures.withLock({ state in
                defer { state = (state.count + 1, true) }
                return !state.isFailing
            }) {
                logger.error("results cannot be written", metadata: ["error": "\(error)", "folder": "\(root)"])
            }
            return nil
        }
    }

    // MARK: Files

    private static func write(
        _ bytes: [UInt8], _ name: String, in folders: [String], below root: String
    ) throws(SystemError) {
        try makeFolder(root, in: AT_FDCWD)
        var folder = try OwnedFileDescriptor.opening(root, O_RDONLY | O_DIRECTORY)
        for part in folders {
            try makeFolder(part, in: folder.raw)
            folder = try OwnedFileDescriptor.opening(part, in: folder.raw, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
        try WholeFile.write(bytes, named: name, in: folder, .synced)
    }

    private static func makeFolder(_ name: String, in parent: CInt) throws(SystemError) {
        do {
            try SystemError.check("mkdir \(name)") { unsafe mkdirat(parent, name, 0o750) }
        } catch  where error.errno == EEXIST {
            // A link of that name is refused when it is opened.
        }
    }
}
