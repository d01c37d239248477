/// A picture as the camera wrote it, still in the driver's buffer: lent to a closure and gone after it.
@safe package struct CapturedPicture: ~Copyable {
    /// Valid only inside the closure that was given this picture.
    package let bytes: UnsafeRawBufferPointer
    package let format: FourCC
    /// What was negotiated; a compressed picture may say otherwise and is then right.
    package let size: PixelSize
    /// Bytes from row to row of the first plane; 0 for compressed pictures.
    package let stride: Int
    /// Samples span 0...255 instead of 16...235.
    package let isFullRange: Bool
    package let capturedAt: MonotonicTime
    /// Counts pictures of one source; gaps are pictures the source lost.
    package let sequence: UInt64
    /// What of it is there may be used, though it is damaged: the camera sends hardly anything else.
    package let mayBePartial: Bool

    package init(
        bytes: UnsafeRawBufferPointer, format: FourCC, size: PixelSize, stride: Int, isFullRange: Bool,
        capturedAt: MonotonicTime, sequence: UInt64, mayBePartial: Bool = false
    ) {
        unsafe self.bytes = bytes
        self.format = format
        self.size = size
        self.stride = stride
        self.isFullRange = isFullRange
        self.capturedAt = capturedAt
        self.sequence = sequence
        self.mayBePartial = mayBePartial
    }
}
