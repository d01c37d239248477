import Glibc
import Runtime

/// What a path leads to, told by its first bytes and never by its name.
enum FileKind: Equatable {
    case folder, jpeg, png
    /// With the name of libav's demuxer; no other is ever tried on a file.
    case clip(demuxer: String)

    /// - Throws: `.notFound`, `.unreadable`, or `.unsupported` for anything else than these.
    static func look(at path: String) throws(DecodeError) -> FileKind {
        let facts = try FileBytes.translating(path) { () throws(SystemError) in try Facts.reading(path) }
        switch facts.mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: break
        default: throw .unsupported(path: path, what: "is neither a file nor a folder")
        }
        guard !facts.start.isEmpty else { throw .unsupported(path: path, what: "is empty") }
        guard let kind = ofFile(startingWith: facts.start) else {
            throw .unsupported(path: path, what: "is of a kind that is not read here")
        }
        return kind
    }

    /// By the signatures of JPEG (SOI), PNG, MP4 (ISO 14496-12 boxes), Matroska (EBML) and AVI (RIFF).
    static func ofFile(startingWith bytes: [UInt8]) -> FileKind? {
        func holds(_ text: String, at offset: Int) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return .clip(demuxer: "matroska") }
        if holds("RIFF", at: 0), holds("AVI ", at: 8) { return .clip(demuxer: "avi") }
        let boxes = ["ftyp", "moov", "mdat", "wide", "free", "skip"]
        return boxes.contains { holds($0, at: 4) } ? .clip(demuxer: "mov") : nil
    }

    /// Whether a JPEG is followed by others in the same file, as cameras' streams are dumped, and makes a clip with them.
    /// - Parameter start: of the file, with the first picture and more.
    static func isSequence(_ start: [UInt8]) -> Bool {
        // A file that is damaged so early is told when it is read.
        guard let first = try? JPEGFile(reading: start), let end = first.end, !first.isMultiPicture else {
            return false
        }
        return start[end...].drop { $0 == 0 }.starts(with: [0xFF, 0xD8, 0xFF])
    }

    private struct Facts {
        var mode: mode_t
        var start: [UInt8]

        static func reading(_ path: String) throws(SystemError) -> Facts {
            // Not blocking: a pipe without a writer would hold the open for ever.
            let file = try OwnedFileDescriptor.opening(path, O_RDONLY | O_NONBLOCK)
            var facts = stat()
            try SystemError.check("fstat") { unsafe fstat(file.raw, &facts) }
            guard facts.st_mode & S_IFMT == S_IFREG else { return Facts(mode: facts.st_mode, start: []) }
            return Facts(mode: facts.st_mode, start: try file.read(atMost: 16))
        }
    }
}

/// Reads files in one go.
enum FileBytes {
    /// The whole file.
    /// - Throws: `.tooLarge` beyond `PictureLimit.fileBytes`.
    static func whole(_ path: String) throws(DecodeError) -> [UInt8] {
        let most = PictureLimit.fileBytes
        let bytes = try translating(path) { () throws(SystemError) in
            try OwnedFileDescriptor.opening(path, O_RDONLY | O_NONBLOCK).read(atMost: most + 1)
        }
        guard bytes.count <= most else {
            throw .unsupported(path: path, what: "is longer than \(most >> 20) MB")
        }
        return bytes
    }

    /// Up to `count` bytes from its start.
    static func start(of path: String, atMost count: Int) throws(DecodeError) -> [UInt8] {
        try translating(path) { () throws(SystemError) in
            try OwnedFileDescriptor.opening(path, O_RDONLY | O_NONBLOCK).read(atMost: count)
        }
    }

    static func translating<R>(_ path: String, _ body: () throws(SystemError) -> R) throws(DecodeError) -> R {
        do throws(SystemError) {
            return try body()
        } catch {
            throw error.errno == ENOENT || error.errno == ENOTDIR
                ? .notFound(path: path) : .unreadable(path: path, reason: error.description)
        }
    }
}
