package import Base

/// A picture that lies in memory, as it comes over the network. How much memory it takes is known before it is decoded.
package struct PictureBytes: Sendable {
    private let bytes: [UInt8]
    private let file: StillFile
    private let plan: StillPlan

    /// Looks at the header of a JPEG or PNG.
    /// - Throws: `.corrupt` for anything else and for damage that shows there; `.tooLarge`, `.tooLong` or `.tooMuchMemory`
    ///   for a picture that is not decoded here.
    package init(_ bytes: [UInt8]) throws(DecodeError) {
        self.bytes = bytes
        file = try StillFile(reading: bytes)
        plan = try file.plan(within: .request)
    }

    /// As stored, before it is made upright.
    package var storedSize: PixelSize? { PixelSize(width: file.width, height: file.height) }

    /// Bytes that `frame` takes at most, the frame itself included.
    package var memory: Int { plan.memory }

    /// The picture, upright as its EXIF says. One of more than 3.2 million pixels comes out smaller.
    /// - Throws: `.corrupt` for damaged pictures.
    package func frame() throws(DecodeError) -> Frame {
        let decoder = try StillDecoder()
        try decoder.decode(file, of: bytes, plan)
        let frame = FrameMaker().frame(
            from: try decoder.view(), upright: file.upright, capturedAt: .now(), sequence: 0,
            in: FramePool(capacity: 1))
        guard let frame else { throw .outOfMemory }
        return frame
    }
}
