package import Base

/// Why bytes did not become a picture. `description` says what to do about it.
package enum DecodeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The picture's bytes are damaged or cut off.
    case corrupt(String)
    case tooLarge(what: String, pixels: Int, most: Int)
    case notFound(path: String)
    case unreadable(path: String, reason: String)
    /// A file that is no clip, picture or folder of pictures that this program reads.
    case unsupported(path: String, what: String)
    /// A folder without a picture in it.
    case emptyFolder(path: String)
    /// A libav call failed though its input was fine.
    case libav(call: String, reason: String)
    case outOfMemory

    package var recovery: Recovery {
        switch self {
        case .corrupt, .notFound, .unreadable, .emptyFolder, .outOfMemory: .retry
        case .tooLarge, .unsupported, .libav: .giveUp
        }
    }

    package var description: String {
        switch self {
        case .corrupt(let what):
            "damaged picture: \(what)"
        case .tooLarge(let what, let pixels, let most):
            "\(what) has \(pixels) pixels, more than \(most): make it smaller, for example with ffmpeg -vf scale"
        case .notFound(let path):
            "no file at \(path): check the path and that its disk is mounted"
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)): check the file's rights and whether it is whole"
        case .unsupported(let path, let what):
            "\(path) \(what): clips are MP4, MKV or AVI, pictures JPEG or PNG; ffmpeg converts others"
        case .emptyFolder(let path):
            "\(path) holds no picture: put files ending in .jpg, .jpeg or .png there"
        case .libav(let call, let reason):
            "libav's \(call) failed: \(reason)"
        case .outOfMemory:
            "no memory for a picture: lower the camera's size"
        }
    }
}

/// The most pixels that one picture may have, against files that claim absurd sizes.
package enum PictureLimit {
    /// 4096x4096, four times what any USB 2 camera sends.
    package static let camera = 4096 * 4096
    /// 8K video (7680x4320) and the photographs of most telephones.
    package static let file = 40_000_000
    /// A picture file longer than this is not read.
    package static let fileBytes = 128 << 20
}
