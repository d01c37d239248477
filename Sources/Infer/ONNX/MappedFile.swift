import Base
import Glibc

/// A file mapped read-only for the time of loading. Weights are packed or copied out of it, then it is unmapped:
/// a file that shrinks later cannot hurt a running engine.
@safe final class MappedFile {
    let bytes: UnsafeRawBufferPointer

    private init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    static func opening(_ path: String) throws(InferError) -> MappedFile {
        let file: OwnedFileDescriptor
        do { file = try OwnedFileDescriptor.opening(path, O_RDONLY) } catch {
            throw .cannotRead(path: path, reason: "\(error)")
        }
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0 else { throw .cannotRead(path: path, reason: "cannot be measured") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotRead(path: path, reason: "is not a file") }
        let size = Int(status.st_size)
        guard size > 0 else { throw .cannotRead(path: path, reason: "is empty") }
        guard size <= Limits.fileBytes else {
            throw .tooLarge(what: "the size of \(path)", value: size, most: Limits.fileBytes)
        }
        let address = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.raw, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .cannotRead(path: path, reason: "cannot be mapped")
        }
        return unsafe MappedFile(UnsafeRawBufferPointer(start: address, count: size))
    }

    deinit { _ = unsafe munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
