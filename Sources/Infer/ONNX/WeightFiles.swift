import Glibc
import Runtime

/// The files beside a network in which weights lie (ONNX's external data, `network.onnx.data`). Each stays open once it was
/// needed, as the network's own file does.
final class WeightFiles {
    private let folder: String
    private var files: [String: ReopenedFile] = [:]

    /// - Parameter path: of the network's own file.
    init(beside path: String) {
        let end = path.lastIndex(of: "/")
        folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// - Parameters:
    ///   - location: a path below the network's folder, as the network names it.
    ///   - tensor: whose data lies there, for messages.
    /// - Throws: `.externalData` for a path that leads out of the folder, for a link, and for a file that cannot be read.
    func mapped(_ location: String, for tensor: String) throws(InferError) -> MappedFile {
        do throws(InferError) {
            if let known = files[location] { return try known.mapped() }
            guard files.count < Limits.weightFiles else {
                throw .externalData(
                    tensor: tensor, location: location, reason: "is one of more than \(Limits.weightFiles) such files")
            }
            let file = try opened(location, for: tensor)
            files[location] = file
            return try file.mapped()
        } catch {
            guard case .cannotRead(_, let reason) = error else { throw error }
            throw .externalData(tensor: tensor, location: location, reason: "cannot be read: \(reason)")
        }
    }

    /// Follows no link, so that the path stays in the folder.
    private func opened(_ location: String, for tensor: String) throws(InferError) -> ReopenedFile {
        let parts = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.last, parts.count <= 8, !location.unicodeScalars.contains("\0"),
            parts.allSatisfy({ !["", ".", ".."].contains($0) })
        else {
            throw .externalData(tensor: tensor, location: location, reason: "does not lie below the model's own folder")
        }
        let file: OwnedFileDescriptor
        do throws(SystemError) { file = try Self.opened(parts.dropLast(), name, in: folder) } catch {
            throw .externalData(
                tensor: tensor, location: location,
                reason: error.errno == ELOOP ? "is a link, and links are not followed" : "cannot be read: \(error)")
        }
        return try ReopenedFile(file, path: "\(folder)/\(location)")
    }

    private static func opened(_ folders: ArraySlice<String>, _ name: String, in folder: String) throws(SystemError)
        -> OwnedFileDescriptor
    {
        var place = try OwnedFileDescriptor.opening(folder, O_RDONLY | O_DIRECTORY)
        for part in folders {
            place = try OwnedFileDescriptor.opening(part, in: place.raw, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
        // A pipe of that name would be waited for.
        return try OwnedFileDescriptor.opening(name, in: place.raw, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    }
}

/// One reading of a network: its own file, and those beside it that were mapped for it.
final class ModelSource {
    let file: MappedFile
    private let beside: WeightFiles
    private var mapped: [String: MappedFile] = [:]
    /// Of all files.
    private(set) var mappedBytes: Int
    private var integerBytes = 0

    init(_ file: MappedFile, beside: WeightFiles) {
        (self.file, self.beside) = (file, beside)
        mappedBytes = unsafe file.bytes.count
    }

    /// Where a tensor's data lies in another file.
    /// - Parameters:
    ///   - entries: the tensor's `external_data`: location, and perhaps offset and length.
    ///   - count: the bytes that the tensor needs.
    func external(_ entries: [String: String], bytes count: Int, tensor: String) throws(InferError)
        -> (file: MappedFile, bytes: ProtobufReader.Bytes)
    {
        let location = entries["location"] ?? "unnamed"
        func refused(_ reason: String) -> InferError {
            .externalData(tensor: tensor, location: location, reason: reason)
        }
        func number(_ key: String, _ standard: Int) throws(InferError) -> Int {
            guard let text = entries[key] else { return standard }
            guard let number = Int(text), number >= 0 else { throw refused("is read with \(key) \"\(text)\"") }
            return number
        }
        let (offset, length) = (try number("offset", 0), try number("length", count))
        guard length == count else { throw refused("gives \(length) bytes where \(count) belong") }
        let file = try mappedFile(location, for: tensor)
        guard let bytes = unsafe ProtobufReader.Bytes(file.bytes, from: offset, count: count) else {
            throw refused("ends before byte \(offset) + \(count)")
        }
        return (file, bytes)
    }

    private func mappedFile(_ location: String, for tensor: String) throws(InferError) -> MappedFile {
        if let known = mapped[location] { return known }
        let file = try beside.mapped(location, for: tensor)
        unsafe mappedBytes += file.bytes.count
        guard mappedBytes <= Limits.fileBytes else {
            throw .tooLarge(what: "the size of all files of the model", value: mappedBytes, most: Limits.fileBytes)
        }
        mapped[location] = file
        return file
    }

    /// Counts what integers of tensors take in memory.
    func takeIntegers(_ count: Int, bytesEach: Int, tensor: String) throws(InferError) {
        integerBytes += count * bytesEach
        guard integerBytes <= Limits.integerBytes else {
            throw .tooLarge(
                what: "the bytes of all integers, with those of tensor \(tensor)", value: integerBytes,
                most: Limits.integerBytes)
        }
    }
}
