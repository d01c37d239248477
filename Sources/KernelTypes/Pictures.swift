/// The kernels that bring pictures into a network's input and compare them with each other.
///
/// A resize makes `KernelTable.lanes` output rows at a time. On the way they are the lanes of vectors, so that picking
/// columns, which no two rows do differently, costs one load for all rows. `scratch` is private to the thread.
package struct PictureKernels: Sendable {
    /// (rows, count, wide, scratch): `wide[i * lanes + lane] = n / 2 + Σ (256 * row[start[lane] + tap][i] * weight[lane][tap]) >> 16`
    /// over the n taps up to the last weight that is not 0, i in `0..<count`: 256ths of a level, half of one for what each
    /// tap loses. A row that is alone counts whole. Columns are done in groups of `4 * lanes`: `wide` and the rows must
    /// reach to the end of the last.
    package typealias WeighRows = @Sendable (PictureRows, Int, MutablePlane, MutablePlane) -> Void
    /// (columns, rows, count, scratch): the first `rows` of the lanes, `count` pixels each.
    package typealias WriteColors = @Sendable (PictureColumns, Int, Int, MutablePlane) -> Void

    /// (bytes, floats, count). As many bytes as a vector has lanes must be readable beyond `count`.
    package typealias Widen = @Sendable (UnsafePointer<UInt8>, MutablePlane, Int) -> Void
    /// (rows, cells): the mean of each cell. Of each row 64 bytes more than the cells take must be readable.
    package typealias MeanCells = @Sendable (CellRows, MutablePlane) -> Void
    /// (background, rule): compares cells with the background, moves it towards them; how many have changed.
    package typealias Follow = @Sendable (BackgroundCells, BackgroundRule) -> Int

    package let weighRows: WeighRows
    package let writeColors: WriteColors
    package let widen: Widen
    package let meanCells: MeanCells
    package let follow: Follow

    /// What `scratch` holds, in floats.
    package static func scratchFloats(lanes: Int) -> Int { 4 * lanes * lanes }

    package init(
        weighRows: @escaping WeighRows, writeColors: @escaping WriteColors, widen: @escaping Widen,
        meanCells: @escaping MeanCells, follow: @escaping Follow
    ) {
        self.weighRows = weighRows
        self.writeColors = writeColors
        self.widen = widen
        self.meanCells = meanCells
        self.follow = follow
    }
}

/// The rows of one plane that become `lanes` output rows.
package struct PictureRows {
    /// The plane's first row, and the bytes from one to the next.
    package var bytes: UnsafePointer<UInt8>
    package var stride: Int
    /// The first row of each lane.
    package var starts: UnsafePointer<Int32>
    /// `taps` for each lane, in 65536ths, at most so many together; those at the end may be 0, and their rows need not
    /// exist then.
    package var weights: UnsafePointer<UInt16>
    package var taps: Int

    package init(
        bytes: UnsafePointer<UInt8>, stride: Int, starts: UnsafePointer<Int32>, weights: UnsafePointer<UInt16>,
        taps: Int
    ) {
        self.bytes = bytes
        self.stride = stride
        self.starts = starts
        self.weights = weights
        self.taps = taps
    }
}

/// Where one component of a pixel (luma, blue) comes from: output column x is
/// `Σ weight[x][tap] * wide[(start[x] + tap) * step]`, for all lanes at once.
package struct ComponentColumns {
    /// As `PictureKernels.weighRows` wrote them, moved to the component's first sample.
    package var wide: UnsafePointer<Float>
    /// Columns from one sample to the next.
    package var step: Int
    package var starts: UnsafePointer<Int32>
    package var weights: UnsafePointer<Float>
    package var taps: Int

    package init(
        wide: UnsafePointer<Float>, step: Int, starts: UnsafePointer<Int32>, weights: UnsafePointer<Float>, taps: Int
    ) {
        self.wide = wide
        self.step = step
        self.starts = starts
        self.weights = weights
        self.taps = taps
    }
}

/// How a tensor's plane is made of the three components of a pixel:
/// `clamp(first * a + second * b + third * c + offset, 0, 255) * gain + bias`.
package struct ColorFormula: Sendable, Equatable {
    package var first: Float
    package var second: Float
    package var third: Float
    package var offset: Float
    package var gain: Float
    package var bias: Float

    package init(first: Float, second: Float, third: Float, offset: Float, gain: Float, bias: Float) {
        self.first = first
        self.second = second
        self.third = third
        self.offset = offset
        self.gain = gain
        self.bias = bias
    }
}

/// Columns of `lanes` rows on their way into a tensor.
package struct PictureColumns {
    package var components: (ComponentColumns, ComponentColumns, ComponentColumns)
    /// Only the first component is looked at; it stands for all.
    package var isGray: Bool
    package var formulas: (ColorFormula, ColorFormula, ColorFormula)
    /// The first pixel of the first row in each plane.
    package var planes: (MutablePlane, MutablePlane, MutablePlane)
    /// Floats from row to row.
    package var rowStep: Int

    package init(
        components: (ComponentColumns, ComponentColumns, ComponentColumns), isGray: Bool,
        formulas: (ColorFormula, ColorFormula, ColorFormula), planes: (MutablePlane, MutablePlane, MutablePlane),
        rowStep: Int
    ) {
        self.components = components
        self.isGray = isGray
        self.formulas = formulas
        self.planes = planes
        self.rowStep = rowStep
    }
}

/// Rows of bytes of which every eight samples become one cell.
package struct CellRows {
    package var bytes: UnsafePointer<UInt8>
    /// Bytes from one row to the next that counts, and how many do: 1...8.
    package var stride: Int
    package var rows: Int
    /// Samples are every other byte, the first one of each pair (YUYV).
    package var isPacked: Bool
    package var cells: Int

    package init(bytes: UnsafePointer<UInt8>, stride: Int, rows: Int, isPacked: Bool, cells: Int) {
        self.bytes = bytes
        self.stride = stride
        self.rows = rows
        self.isPacked = isPacked
        self.cells = cells
    }
}

/// What is known of a picture's cells; `PlaneGuard` holds for the floats.
package struct BackgroundCells {
    package var current: Plane
    package var average: MutablePlane
    /// The mean distance of a cell from its average.
    package var noise: MutablePlane
    /// 1 for cells that have changed, else 0.
    package var changed: UnsafeMutablePointer<UInt8>
    package var count: Int

    package init(
        current: Plane, average: MutablePlane, noise: MutablePlane, changed: UnsafeMutablePointer<UInt8>, count: Int
    ) {
        self.current = current
        self.average = average
        self.noise = noise
        self.changed = changed
        self.count = count
    }
}

/// With d = current - average and e = |d - shift|: a cell has changed when `e > max(leastDifference, noiseFactor * noise)`;
/// then `average += rate * d` and `noise += rate * (min(e, mostNoise) - noise)`.
package struct BackgroundRule: Sendable {
    package var shift: Float
    package var leastDifference: Float
    package var noiseFactor: Float
    package var mostNoise: Float
    /// The rates (0...1) of cells that have not changed, and of those that have.
    package var quiet: Float
    package var slow: Float

    package init(
        shift: Float, leastDifference: Float, noiseFactor: Float, mostNoise: Float, quiet: Float, slow: Float
    ) {
        self.shift = shift
        self.leastDifference = leastDifference
        self.noiseFactor = noiseFactor
        self.mostNoise = mostNoise
        self.quiet = quiet
        self.slow = slow
    }
}
