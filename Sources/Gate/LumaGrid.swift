import Base

/// A frame's luma at 1/8 of its size: one cell per 8x8 pixels, the mean of all of them. That is what a JPEG says of its
/// blocks first (the DC coefficient of ITU-T T.81), so frames and sketches of them can be compared.
enum LumaGrid {
    static let cell = 8

    /// At least one cell each way; pixels beyond the last whole cell are left out.
    /// - Parameter isEighth: the frame's pixels are the cells.
    static func size(of frame: Frame, isEighth: Bool) -> (across: Int, down: Int) {
        let cell = isEighth ? 1 : cell
        return (max(1, frame.size.width / cell), max(1, frame.size.height / cell))
    }

    /// Fills one mean luma (0...255) per cell, row by row. `cells` must hold `size(of:)`.
    static func fill(_ cells: inout [Float], from frame: Frame, isEighth: Bool) {
        let (across, down) = size(of: frame, isEighth: isEighth)
        guard cells.count == across * down else { return }
        if isEighth { return copy(&cells, from: frame, across) }
        let step = sampleStep(frame.format)
        let offset = frame.format == .rgb24 ? 1 : 0
        unsafe cells.withUnsafeMutableBufferPointer { cells in
            unsafe frame.withPlane(0) { bytes, plane in
                guard let base = bytes.baseAddress, let cells = cells.baseAddress else { return }
                let isWhole = frame.size.width >= cell && frame.size.height >= cell
                for y in 0..<down {
                    let target = unsafe cells + y * across
                    guard isWhole else {
                        for x in 0..<across {
                            unsafe target[x] = Float(base.loadUnaligned(fromByteOffset: offset, as: UInt8.self))
                        }
                        continue
                    }
                    // SAFETY: rows y * 8 ..< y * 8 + 8 and columns below across * 8 lie inside the plane.
                    let rows = unsafe base + y * cell * plane.stride
                    switch step {
                    case 1: unsafe fillPlanar(target, rows, plane.stride, across)
                    case 2: unsafe fillPacked(target, rows, plane.stride, across)
                    default: unsafe fillStrided(target, rows + offset, plane.stride, across, step: step)
                    }
                }
            }
        }
    }

    private static func copy(_ cells: inout [Float], from frame: Frame, _ across: Int) {
        unsafe frame.withPlane(0) { bytes, plane in
            for y in 0..<cells.count / across {
                for x in 0..<across { unsafe cells[y * across + x] = Float(bytes[y * plane.stride + x]) }
            }
        }
    }

    /// Bytes from one luma sample to the next; for RGB green stands for luma.
    private static func sampleStep(_ format: PixelFormat) -> Int {
        switch format {
        case .yuv420p, .yuv422p, .yuv444p, .nv12, .gray8: 1
        case .yuyv422: 2
        case .rgb24: 3
        }
    }

    private static let everyOther: UInt64 = 0x00FF_00FF_00FF_00FF
    private static let sumOfLanes: UInt64 = 0x0001_0001_0001_0001

    /// Eight samples are added in one 64-bit word of four 16-bit lanes: 8 rows · 2 · 255 fit, and so does their sum.
    private static func fillPlanar(
        _ target: UnsafeMutablePointer<Float>, _ rows: UnsafeRawPointer, _ stride: Int, _ across: Int
    ) {
        for x in 0..<across {
            var lanes: UInt64 = 0
            for row in 0..<cell {
                let eight = unsafe rows.loadUnaligned(fromByteOffset: row * stride + x * 8, as: UInt64.self)
                lanes &+= (eight & everyOther) &+ ((eight >> 8) & everyOther)
            }
            unsafe target[x] = Float((lanes &* sumOfLanes) >> 48) / 64
        }
    }

    /// Luma is every other byte (YUYV; little-endian lanes).
    private static func fillPacked(
        _ target: UnsafeMutablePointer<Float>, _ rows: UnsafeRawPointer, _ stride: Int, _ across: Int
    ) {
        for x in 0..<across {
            var lanes: UInt64 = 0
            for row in 0..<cell {
                let start = row * stride + x * 16
                let first = unsafe rows.loadUnaligned(fromByteOffset: start, as: UInt64.self)
                let second = unsafe rows.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
                lanes &+= (UInt64(littleEndian: first) & everyOther) &+ (UInt64(littleEndian: second) & everyOther)
            }
            unsafe target[x] = Float((lanes &* sumOfLanes) >> 48) / 64
        }
    }

    private static func fillStrided(
        _ target: UnsafeMutablePointer<Float>, _ rows: UnsafeRawPointer, _ stride: Int, _ across: Int, step: Int
    ) {
        for x in 0..<across {
            var sum = 0
            for row in 0..<cell {
                for column in 0..<8 {
                    let place = row * stride + (x * 8 + column) * step
                    sum &+= Int(unsafe rows.loadUnaligned(fromByteOffset: place, as: UInt8.self))
                }
            }
            unsafe target[x] = Float(sum) / 64
        }
    }
}
