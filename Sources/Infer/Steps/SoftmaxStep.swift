import KernelTypes

/// Row by row.
@safe final class SoftmaxStep: Step {
    private let kernels: KernelTable
    private let from: MutablePlane
    private let to: MutablePlane
    private let rows: Int
    private let columns: Int

    init(_ kernels: KernelTable, from: MutablePlane, to: MutablePlane, rows: Int, columns: Int) {
        self.kernels = kernels
        unsafe self.from = unsafe from
        unsafe self.to = unsafe to
        self.rows = rows
        self.columns = columns
    }

    func run(_ part: Part) {
        part.split(rows) { _, range in
            let start = range.lowerBound * columns
            unsafe kernels.softmax(from + start, to + start, range.count, columns)
        }
    }
}

/// Over the channels of each pixel, channels being planes.
@safe final class ChannelSoftmaxStep: Step {
    private let kernels: KernelTable
    private let from: PlaneList
    private let to: PlaneList
    private let channels: Int
    private let pixels: Int
    private let scratch: PlaneList

    /// Pixels at a time: 80 channels of them fit the second-level cache.
    private static let run = 256
    /// What each thread needs: the largest number of each pixel, the sum, and ones.
    static let scratchFloats = 3 * run

    init(
        _ kernels: KernelTable, from: PlaneList, to: PlaneList, channels: Int, pixels: Int, scratch: PlaneList
    ) {
        self.kernels = kernels
        self.from = from
        self.to = to
        self.channels = channels
        self.pixels = pixels
        self.scratch = scratch
    }

    func run(_ part: Part) {
        let runs = (pixels + Self.run - 1) / Self.run
        part.split(from.count / channels * runs) { worker, range in
            for index in range {
                let first = index % runs * Self.run
                softmax(index / runs * channels, first, min(Self.run, pixels - first), worker)
            }
        }
    }

    private func softmax(_ channel: Int, _ first: Int, _ count: Int, _ worker: Int) {
        let largest = unsafe scratch[worker]
        let (sum, ones) = unsafe (largest + Self.run, largest + 2 * Self.run)
        let planes = channel..<channel + channels
        unsafe kernels.affine(from[channel] + first, 1, 0, largest, count)
        for plane in planes.dropFirst() {
            unsafe kernels.combine(largest, from[plane] + first, largest, count, .maximum)
        }
        for plane in planes {
            let target = unsafe to[plane] + first
            unsafe kernels.combine(from[plane] + first, largest, target, count, .subtract)
            unsafe kernels.exponential(target, target, count)
            if plane == channel {
                unsafe kernels.affine(target, 1, 0, sum, count)
            } else {
                unsafe kernels.combine(sum, target, sum, count, .add)
            }
        }
        unsafe kernels.affine(sum, 0, 1, ones, count)
        unsafe kernels.combine(ones, sum, sum, count, .divide)
        for plane in planes {
            let target = unsafe to[plane] + first
            unsafe kernels.combine(target, sum, target, count, .multiply)
        }
    }
}
