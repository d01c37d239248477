import Base
import CLibAV
import Glibc

/// One picture file or many, each decoded on its own.
struct StillSource: MediaSource {
    private let files: [String]
    private let interval: Duration
    private let jpeg: StillDecoder
    private let png: StillDecoder
    private var next = 0
    private var currentIsPNG = false
    private(set) var corrupt: UInt64 = 0
    private(set) var lastDamage: DecodeError?

    init(files: [String], interval: Duration) throws(DecodeError) {
        self.files = files
        self.interval = interval
        jpeg = try StillDecoder(AV_CODEC_ID_MJPEG, mostPixels: PictureLimit.file)
        png = try StillDecoder(AV_CODEC_ID_PNG, mostPixels: PictureLimit.file)
    }

    private var current: StillDecoder { currentIsPNG ? png : jpeg }

    mutating func advance() throws(DecodeError) -> Duration? {
        while next < files.count {
            let index = next
            next += 1
            do throws(DecodeError) {
                try decode(files[index])
                return interval * index
            } catch {
                try noteUnusable(error)
            }
        }
        current.clear()
        return nil
    }

    private mutating func decode(_ path: String) throws(DecodeError) {
        switch try FileKind.look(at: path) {
        case .jpeg: currentIsPNG = false
        case .png: currentIsPNG = true
        case .folder, .clip: throw .unsupported(path: path, what: "is no picture")
        }
        let bytes = try FileBytes.whole(path)
        let decoder = current
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(DecodeError) in try unsafe decoder.decode(bytes) }
        }
        try result.get()
    }

    func view() throws(DecodeError) -> PictureView { try current.view() }
    var uprightTurn: Turn { current.uprightTurn }

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
