package import Base
import CLibAV

/// Reads single pictures that lie in memory, as they come over the network.
package enum PictureBytes {
    /// A JPEG or PNG as a frame, upright as its EXIF says.
    /// - Throws: `.corrupt` for anything else, for damaged pictures and for those above `PictureLimit.file` pixels.
    package static func frame(of file: [UInt8]) throws(DecodeError) -> Frame {
        let codec: AVCodecID
        switch FileKind.ofFile(startingWith: file) {
        case .jpeg: codec = AV_CODEC_ID_MJPEG
        case .png: codec = AV_CODEC_ID_PNG
        case .folder, .clip, nil: throw .corrupt("it begins as neither")
        }
        let decoder = try StillDecoder(codec, mostPixels: PictureLimit.file)
        let result = unsafe file.withUnsafeBytes { bytes in
            Result { () throws(DecodeError) in try unsafe decoder.decode(bytes) }
        }
        try result.get()
        let frame = FrameMaker(pool: FramePool(capacity: 1)).frame(
            from: try decoder.view(), turn: decoder.uprightTurn, capturedAt: .now(), sequence: 0)
        guard let frame else { throw .outOfMemory }
        return frame
    }
}
