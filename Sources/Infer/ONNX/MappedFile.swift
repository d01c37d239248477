import Glibc
import Runtime

/// A file mapped read-only for the time of loading. Weights are packed or copied out of it, then it is unmapped:
/// a file that shrinks later cannot hurt a running engine.
@safe final class MappedFile {
    let bytes: UnsafeRawBufferPointer

    fileprivate init(_ file: borrowing OwnedFileDescriptor, size: Int, _ path: String) throws(InferError) {
        guard size > 0 else { throw .cannotRead(path: path, reason: "is empty") }
        guard size <= Limits.fileBytes else {
            throw .tooLarge(what: "the size of \(path)", value: size, most: Limits.fileBytes)
        }
        let address = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.raw, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .cannotRead(path: path, reason: "cannot be mapped")
        }
        unsafe bytes = unsafe UnsafeRawBufferPointer(start: address, count: size)
    }

    deinit { _ = unsafe munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}

/// A file that is mapped more than once and has the same bytes every time. It stays open: one that another takes the
/// place of, as an upgrade does, stays what it was.
final class ReopenedFile {
    private struct Stamp: Equatable {
        let size: off_t
        let seconds: Int
        let nanoseconds: Int
    }

    private let file: OwnedFileDescriptor
    private let path: String
    /// Of the last change of its bytes, when it was opened.
    private let stamp: Stamp

    convenience init(_ path: String) throws(InferError) {
        let file: OwnedFileDescriptor
        do { file = try OwnedFileDescriptor.opening(path, O_RDONLY) } catch {
            throw .cannotRead(path: path, reason: "\(error)")
        }
        try self.init(file, path: path)
    }

    /// - Parameter path: for messages.
    init(_ file: consuming OwnedFileDescriptor, path: String) throws(InferError) {
        stamp = try Self.stamp(of: file, path)
        self.file = file
        self.path = path
    }

    private static func stamp(of file: borrowing OwnedFileDescriptor, _ path: String) throws(InferError) -> Stamp {
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0 else { throw .cannotRead(path: path, reason: "cannot be measured") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotRead(path: path, reason: "is not a file") }
        return Stamp(
            size: status.st_size, seconds: Int(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec))
    }

    /// - Throws: `.changed` when it was written to since it was opened.
    func mapped() throws(InferError) -> MappedFile {
        guard try Self.stamp(of: file, path) == stamp else { throw .changed(path: path) }
        return try MappedFile(file, size: Int(stamp.size), path)
    }
}
