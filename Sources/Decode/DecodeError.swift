package import Runtime

/// Why bytes did not become a picture. `description` says what to do about it.
package enum DecodeError: Recoverable, Sendable, Equatable, CustomStringConvertible {
    /// The picture's bytes are damaged or cut off.
    case corrupt(String)
    case tooLarge(what: String, pixels: Int, most: Int)
    /// More pixels in a row or column than a frame may have.
    case tooLong(what: String, side: Int, most: Int)
    /// Decoding would take more bytes than there are for it.
    case tooMuchMemory(what: String, bytes: Int, most: Int)
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
        case .tooLarge, .tooLong, .tooMuchMemory, .unsupported, .libav: .giveUp
        }
    }

    package var description: String {
        switch self {
        case .corrupt(let what):
            "damaged picture: \(what)"
        case .tooLarge(let what, let pixels, let most):
            "\(what) has \(pixels) pixels, more than \(most): make it smaller, for example with ffmpeg -vf scale"
        case .tooLong(let what, let side, let most):
            "\(what) is \(side) pixels long, more than \(most): make it smaller, for example with ffmpeg -vf scale"
        case .tooMuchMemory(let what, let bytes, let most):
            "\(what) would take \(bytes >> 20) MB to decode, more than \(most >> 20): make it smaller, or store it with "
                + "8 bits and, as a JPEG, not progressive"
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

extension DecodeError {
    /// With the file's name, where the error does not say it.
    func named(_ path: String) -> DecodeError {
        switch self {
        case .corrupt(let what): .corrupt("\(path), \(what)")
        case .tooLarge(_, let pixels, let most): .tooLarge(what: path, pixels: pixels, most: most)
        case .tooLong(_, let side, let most): .tooLong(what: path, side: side, most: most)
        case .tooMuchMemory(_, let bytes, let most): .tooMuchMemory(what: path, bytes: bytes, most: most)
        case .notFound, .unreadable, .unsupported, .emptyFolder, .libav, .outOfMemory: self
        }
    }
}

/// The most pixels that one picture may have, against files that claim absurd sizes.
package enum PictureLimit {
    /// 4096x4096, four times what any USB 2 camera sends.
    package static let camera = 4096 * 4096
    /// 8K video (7680x4320) and the photographs of most telephones.
    package static let file = 40_000_000
    /// A JPEG that comes over the network: as many as any camera has. It is decoded at a part of its size.
    package static let request = 200_000_000
    /// Bytes that decoding a picture from the network may take, its frame included: the unit's limit is 320 MB for all.
    package static let requestMemory = 48 << 20
    /// Pixels of such a picture that are looked at: several times what a network takes in.
    static let requestResult = 3_200_000
    /// A picture file longer than this is not read.
    package static let fileBytes = 128 << 20
}
