import KernelTypes

/// scale · x + offset of every plane, with the numbers of its channel.
@safe final class ChannelScaleStep: Step {
    private let kernels: KernelTable
    private let scales: [Float]
    private let offsets: [Float]
    private let from: PlaneList
    private let to: PlaneList
    private let pixels: Int

    /// - Parameter scales: one for each channel; planes come picture by picture.
    init(
        _ kernels: KernelTable, scales: [Float], offsets: [Float], from: PlaneList, to: PlaneList, pixels: Int
    ) {
        self.kernels = kernels
        self.scales = scales
        self.offsets = offsets
        self.from = from
        self.to = to
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(to.count) { _, range in
            for index in range {
                let channel = index % scales.count
                unsafe kernels.affine(from[index], scales[channel], offsets[channel], to[index], pixels)
            }
        }
    }
}
