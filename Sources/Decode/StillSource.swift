import Glibc
import Runtime

/// One picture file or many, each decoded on its own.
struct StillSource: MediaSource {
    private let files: [String]
    private let interval: Duration
    private let decoder: StillDecoder
    private var next = 0
    private(set) var upright = Upright()
    private(set) var corrupt: UInt64 = 0
    private(set) var lastDamage: DecodeError?

    init(files: [String], interval: Duration) throws(DecodeError) {
        self.files = files
        self.interval = interval
        decoder = try StillDecoder()
    }

    /// The file of the picture that `advance` decoded; nil before the first.
    var currentFile: String? { next > 0 ? files[next - 1] : nil }

    mutating func advance() throws(DecodeError) -> Duration? {
        while next < files.count {
            let index = next
            next += 1
            do throws(DecodeError) {
                try decode(files[index])
                return interval * index
            } catch {
                try noteUnusable(files.count > 1 ? error.named(files[index]) : error)
            }
        }
        decoder.clear()
        return nil
    }

    private mutating func decode(_ path: String) throws(DecodeError) {
        switch try FileKind.look(at: path) {
        case .jpeg, .png: break
        case .folder, .clip: throw .unsupported(path: path, what: "is no picture")
        }
        let bytes = try FileBytes.whole(path)
        let file = try StillFile(reading: bytes)
        try decoder.decode(file, of: bytes, try file.plan(within: .file))
        upright = file.upright
    }

    func view() throws(DecodeError) -> PictureView { try decoder.view() }

    /// A single bad picture is an error; one among many is counted.
    mutating func noteUnusable(_ error: DecodeError) throws(DecodeError) {
        corrupt += 1
        lastDamage = error
        if files.count == 1 { throw error }
    }

    mutating func rewind() { next = 0 }
}

/// The pictures of a folder.
enum PictureFolder {
    /// Files that end in .jpg, .jpeg or .png, sorted by the bytes of their names; not those below it.
    static func files(in folder: String) throws(DecodeError) -> [String] {
        let names: [String]
        do throws(SystemError) { names = try FolderListing.names(in: folder).filter(isPicture) } catch {
            throw .unreadable(path: folder, reason: "the folder cannot be opened: \(error)")
        }
        guard !names.isEmpty else { throw .emptyFolder(path: folder) }
        let slash = folder.hasSuffix("/") ? "" : "/"
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { folder + slash + $0 }
    }

    private static func isPicture(_ name: String) -> Bool {
        let lower = name.lowercased()
        return !name.hasPrefix(".") && [".jpg", ".jpeg", ".png"].contains { lower.hasSuffix($0) }
    }
}
