package import Base

/// What `MediaReader.next` found.
package enum MediaStep: Sendable {
    /// Its `capturedAt` counts from 0 at the first picture.
    case frame(Frame)
    /// Every buffer of the pool is in use. Nothing is lost: ask again when one is free.
    case noBuffer
    case end
}

/// Reads a clip (MP4, MKV, AVI, or JPEGs one behind the other), a picture (JPEG, PNG) or a folder of pictures in the order of their names.
/// Damaged pictures are dropped and counted. Files are opened as files only: what a clip says about other files, streams
/// or addresses is never followed. Used by one thread.
package final class MediaReader {
    package enum Kind: Sendable, Equatable { case clip, picture, folder }

    package let kind: Kind
    private var source: any MediaSource
    private let pool: FramePool
    private let maker = FrameMaker()
    private let turn: Rotation
    private var sequence: UInt64 = 0
    /// A decoded picture that waits for a buffer.
    private var pending: Duration?

    /// Damaged pictures and packets so far.
    package var corrupt: UInt64 { source.corrupt }
    /// The last damage, for messages.
    package var lastDamage: DecodeError? { source.lastDamage }
    /// Path of the picture that `next` gave last; nil for a clip's.
    package var pictureFile: String? { source.currentFile }

    private init(kind: Kind, source: any MediaSource, pool: FramePool, turn: Rotation) {
        self.kind = kind
        self.source = source
        self.turn = turn
        self.pool = pool
    }

    /// - Parameters:
    ///   - rotation: on top of what the file itself says about how it stands upright.
    ///   - pictureInterval: the time from picture to picture of a folder.
    package static func opening(
        _ path: String, pool: FramePool, rotation: Rotation = .none,
        pictureInterval: Duration = .milliseconds(100)
    ) throws(DecodeError) -> MediaReader {
        switch try kind(of: path) {
        case .folder:
            let files = try PictureFolder.files(in: path)
            let source = try StillSource(files: files, interval: pictureInterval)
            return MediaReader(kind: .folder, source: source, pool: pool, turn: rotation)
        case .jpeg, .png:
            let source = try StillSource(files: [path], interval: pictureInterval)
            return MediaReader(kind: .picture, source: source, pool: pool, turn: rotation)
        case .clip(let demuxer):
            let source = try ClipSource(path: path, demuxer: demuxer)
            return MediaReader(kind: .clip, source: source, pool: pool, turn: rotation)
        }
    }

    private static func kind(of path: String) throws(DecodeError) -> FileKind {
        let kind = try FileKind.look(at: path)
        guard kind == .jpeg, FileKind.isSequence(try FileBytes.start(of: path, atMost: longestFirstPicture)) else {
            return kind
        }
        return .clip(demuxer: "mjpeg")
    }

    private static let longestFirstPicture = 32 << 20

    /// The next picture in the order of presentation.
    /// - Throws: when the file cannot be read any further; damage inside it is counted instead.
    package func next() throws(DecodeError) -> MediaStep {
        while true {
            if pending == nil { pending = try source.advance() }
            guard let time = pending else { return .end }
            do throws(DecodeError) {
                let frame = maker.frame(
                    from: try source.view(), upright: source.upright.then(turn),
                    capturedAt: MonotonicTime(nanoseconds: 0) + time, sequence: sequence, in: pool)
                guard let frame else { return .noBuffer }
                sequence += 1
                pending = nil
                return .frame(frame)
            } catch {
                pending = nil
                try source.noteUnusable(error)
            }
        }
    }

    /// Starts again at the first picture with time 0; `sequence` goes on.
    package func rewind() throws(DecodeError) {
        pending = nil
        try source.rewind()
    }
}

/// Where decoded pictures come from.
protocol MediaSource {
    var corrupt: UInt64 { get }
    var lastDamage: DecodeError? { get }
    /// Decodes the next picture and returns its time since the first; nil at the end.
    mutating func advance() throws(DecodeError) -> Duration?
    /// The picture that `advance` decoded, valid until the next call.
    func view() throws(DecodeError) -> PictureView
    /// How that picture is made upright.
    var upright: Upright { get }
    /// The file that holds that picture alone; nil for a clip.
    var currentFile: String? { get }
    /// Counts a picture that could be decoded but not shown.
    /// - Throws: the error again when no other picture will fare better.
    mutating func noteUnusable(_ error: DecodeError) throws(DecodeError)
    mutating func rewind() throws(DecodeError)
}
