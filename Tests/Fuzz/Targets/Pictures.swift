import Base
import Decode

extension FuzzTarget {
    /// The headers of JPEGs and PNGs, as DetectLabels gets them. Nothing is decoded: that is libavcodec's.
    static let pictures = FuzzTarget("pictures") { bytes in
        do throws(DecodeError) {
            let picture = try PictureBytes(bytes)
            precondition(picture.storedSize != nil, "a picture without a size")
            precondition((1...PictureLimit.requestMemory).contains(picture.memory), "memory beyond its bound")
        } catch { _ = error.description }
    }
}
