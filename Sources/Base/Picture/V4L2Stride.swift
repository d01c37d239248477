/// V4L2 tells the stride of the first plane only; the planes after it are derived from it
/// (kernel documentation, "Planar YUV formats").
package enum V4L2Stride {
    /// The stride of a plane with `rowBytes` samples a row, where the first has `first` and lies `stride` apart.
    package static func ofPlane(_ rowBytes: Int, first: Int, stride: Int) -> Int {
        // Colour pairs for each pixel.
        if first > 1, rowBytes / 2 >= first { return max(rowBytes, stride > Int.max / 2 ? Int.max : 2 * stride) }
        if rowBytes >= first { return max(stride, rowBytes) }
        return max(rowBytes, stride / 2 + stride % 2)
    }
}
