import KernelTypes

/// Each pixel becomes a block of equal pixels.
@safe final class UpsampleStep: Step {
    private let kernels: KernelTable
    private let from: PlaneList
    private let to: PlaneList
    private let enlargement: Origins.Enlargement

    init(_ kernels: KernelTable, from: PlaneList, to: PlaneList, _ enlargement: Origins.Enlargement) {
        self.kernels = kernels
        self.from = from
        self.to = to
        self.enlargement = enlargement
    }

    func run(_ part: Part) {
        let factors = enlargement.factors
        part.split(from.count) { _, range in
            for plane in range {
                unsafe kernels.upsampleNearest(
                    from[plane], enlargement.width, factors.y, factors.x, to[plane], 0, enlargement.height * factors.y)
            }
        }
    }
}

/// Mixes two rows and two columns for each pixel.
@safe final class LinearResizeStep: Step {
    private let kernels: KernelTable
    private let from: PlaneList
    private let to: PlaneList
    private let rows: LinearAxis
    private let columns: LinearAxis
    private let inputWidth: Int

    init(
        _ kernels: KernelTable, from: PlaneList, to: PlaneList, rows: LinearAxis, columns: LinearAxis, inputWidth: Int
    ) {
        self.kernels = kernels
        self.from = from
        self.to = to
        self.rows = rows
        self.columns = columns
        self.inputWidth = inputWidth
    }

    func run(_ part: Part) {
        part.split(from.count) { _, range in
            unsafe columns.left.withUnsafeBufferPointer { left in
                unsafe columns.right.withUnsafeBufferPointer { right in
                    unsafe columns.weight.withUnsafeBufferPointer { weight in
                        guard let l = left.baseAddress, let r = right.baseAddress, let w = weight.baseAddress else {
                            return
                        }
                        let mix = unsafe BilinearColumns(count: left.count, left: l, right: r, weight: w)
                        for plane in range { unsafe resize(from[plane], to[plane], mix) }
                    }
                }
            }
        }
    }

    private func resize(_ source: MutablePlane, _ target: MutablePlane, _ mix: BilinearColumns) {
        for row in rows.left.indices {
            let (top, bottom) = (Int(rows.left[row]) * inputWidth, Int(rows.right[row]) * inputWidth)
            unsafe kernels.bilinearRow(source + top, source + bottom, rows.weight[row], mix, target + row * mix.count)
        }
    }
}
